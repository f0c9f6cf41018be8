// Numbered users for load tests: "user-1" to "user-N", all with one password. A user takes up memory from its first login on.
#pragma once
#include <atomic>
#include <memory>
#include <string_view>

#include "mock-provider/clients.hpp"

namespace assay::mock {

class UserPool {
 public:
  static constexpr std::string_view name_prefix = "user-";
  static constexpr std::string_view password = "pool-password";
  static constexpr unsigned most = 1'000'000;

  explicit UserPool(unsigned count);
  ~UserPool();
  UserPool(const UserPool&) = delete;
  UserPool& operator=(const UserPool&) = delete;

  // nullptr: no such user, or another password. Valid as long as the pool. Safe on all threads at once.
  const User* find(std::string_view name, std::string_view its_password) const;

 private:
  struct Entry;

  const unsigned count_;
  const std::unique_ptr<std::atomic<const Entry*>[]> entries_;  // by number, from 1 on; null: never logged in
};

}  // namespace assay::mock
