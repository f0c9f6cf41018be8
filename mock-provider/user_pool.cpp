#include "mock-provider/user_pool.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "crypto/digest.hpp"

namespace assay::mock {

struct UserPool::Entry {
  explicit Entry(unsigned number)
      : name(std::string(name_prefix) + std::to_string(number)), subject("p-" + std::to_string(number)),
        full_name("User " + std::to_string(number)), email(name + "@example.org"),
        user{name, password, subject, full_name, email} {}

  const std::string name, subject, full_name, email;
  const User user;  // views the others
};

UserPool::UserPool(unsigned count)
    : count_(std::min(count, most)),
      entries_(count_ > 0 ? std::make_unique<std::atomic<const Entry*>[]>(count_ + 1) : nullptr) {}

UserPool::~UserPool() {
  for (unsigned number = 1; number <= count_; ++number) delete entries_[number].load();
}

const User* UserPool::find(std::string_view name, std::string_view its_password) const {
  if (!name.starts_with(name_prefix)) return nullptr;
  name.remove_prefix(name_prefix.size());
  unsigned number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  // One spelling per user: "user-007" is nobody.
  if (error != std::errc() || end != name.data() + name.size() || name.front() == '0' || number > count_)
    return nullptr;
  if (!crypto::constant_time_equal(password, its_password)) return nullptr;
  const Entry* entry = entries_[number].load(std::memory_order_acquire);
  if (entry) return &entry->user;
  auto fresh = std::make_unique<const Entry>(number);
  if (entries_[number].compare_exchange_strong(entry, fresh.get(), std::memory_order_acq_rel))
    return &fresh.release()->user;
  return &entry->user;  // another thread was first
}

}  // namespace assay::mock
