#include "net/cookies.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/any_byte.hpp"
#include "base/text.hpp"

namespace assay::net {
namespace {

constexpr std::size_t max_pair = 4096;       // bytes of name and value, as RFC 6265 section 6.1 asks for
constexpr std::size_t max_attribute = 1024;  // bytes; longer attributes are ignored
constexpr std::size_t max_per_domain = 150;
constexpr std::size_t max_cookies = 1000;

bool is_address(std::string_view host) {
  return host.find(':') != std::string_view::npos || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// RFC 6265 section 5.1.3.
bool domain_matches(std::string_view host, std::string_view domain) {
  if (host == domain) return true;
  return host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.' &&
         !is_address(host);
}

// RFC 6265 section 5.1.4.
bool path_matches(std::string_view request, std::string_view path) {
  if (!request.starts_with(path)) return false;
  return request.size() == path.size() || path.ends_with('/') || request[path.size()] == '/';
}

std::string_view default_path(std::string_view path) {
  const auto slash = path.rfind('/');
  if (!path.starts_with('/') || slash == 0 || slash == std::string_view::npos) return "/";
  return path.substr(0, slash);
}

// Browsers treat loopback as trustworthy, so that development over http works with Secure cookies.
bool may_carry_secure(const base::Url& url) { return url.tls() || url.is_loopback(); }

struct Attributes {
  std::string domain;
  std::string_view path;
  std::optional<CookieJar::Time> expires, max_age;
  bool secure = false;
};

CookieJar::Time after_seconds(CookieJar::Time now, std::string_view text) {
  long long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::result_out_of_range)
    return text.starts_with('-') ? CookieJar::Time::min() : CookieJar::Time::max();
  if (seconds <= 0) return CookieJar::Time::min();
  const auto room = std::chrono::duration_cast<std::chrono::seconds>(CookieJar::Time::max() - now).count();
  return seconds >= room ? CookieJar::Time::max() : now + std::chrono::seconds(seconds);
}

void read_attribute(Attributes& out, std::string_view text, CookieJar::Time now) {
  const auto equals = text.find('=');
  const auto name = base::trim(text.substr(0, equals));
  const auto value = equals == std::string_view::npos ? std::string_view{} : base::trim(text.substr(equals + 1));
  if (value.size() > max_attribute) return;
  if (base::equals_ignoring_case(name, "domain")) {
    out.domain = base::lower(value.starts_with('.') ? value.substr(1) : value);
  } else if (base::equals_ignoring_case(name, "path")) {
    out.path = value.starts_with('/') ? value : std::string_view{};
  } else if (base::equals_ignoring_case(name, "secure")) {
    out.secure = true;
  } else if (base::equals_ignoring_case(name, "expires")) {
    if (const auto date = parse_cookie_date(value); date != CookieJar::Time::min()) out.expires = date;
  } else if (base::equals_ignoring_case(name, "max-age")) {
    const auto digits = value.starts_with('-') ? value.substr(1) : value;
    if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos)
      out.max_age = after_seconds(now, value);
  }
}

// "__Secure-" and "__Host-" promise something about the cookie; browsers refuse those that break the promise.
bool keeps_promise(std::string_view name, const Attributes& attributes) {
  const auto begins = [&](std::string_view prefix) {
    return base::equals_ignoring_case(name.substr(0, prefix.size()), prefix);
  };
  if (begins("__Secure-")) return attributes.secure;
  if (begins("__Host-")) return attributes.secure && attributes.domain.empty() && attributes.path == "/";
  return true;
}

// Reads up to `most` digits from the front of `text`; nullopt unless there are between `least` and `most` of them.
std::optional<int> take_digits(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t count = 0;
  int value = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
    if (count == most) return std::nullopt;
    value = value * 10 + (text[count++] - '0');
  }
  if (count < least) return std::nullopt;
  text.remove_prefix(count);
  return value;
}

struct Clock {
  int hour, minute, second;
};

std::optional<Clock> read_clock(std::string_view token) {
  const auto hour = take_digits(token, 1, 2);
  if (!hour || !token.starts_with(':')) return std::nullopt;
  token.remove_prefix(1);
  const auto minute = take_digits(token, 1, 2);
  if (!minute || !token.starts_with(':')) return std::nullopt;
  token.remove_prefix(1);
  const auto second = take_digits(token, 1, 2);
  if (!second) return std::nullopt;
  return Clock{*hour, *minute, *second};
}

std::optional<int> read_month(std::string_view token) {
  static constexpr std::array<std::string_view, 12> names{"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
  const auto found = std::ranges::find(names, base::lower(token.substr(0, 3)));
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin()) + 1;
}

bool is_delimiter(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u == 0x09 || (u >= 0x20 && u <= 0x2F) || (u >= 0x3B && u <= 0x40) || (u >= 0x5B && u <= 0x60) ||
         (u >= 0x7B && u <= 0x7E);
}

}  // namespace

CookieJar::Time parse_cookie_date(std::string_view text) {
  std::optional<Clock> clock;
  std::optional<int> day, month, year;
  for (std::size_t at = 0; at < text.size();) {
    if (is_delimiter(text[at])) {
      ++at;
      continue;
    }
    auto end = at;
    while (end < text.size() && !is_delimiter(text[end])) ++end;
    auto token = text.substr(at, end - at);
    at = end;
    if (!clock && (clock = read_clock(token))) continue;
    if (auto rest = token; !day && (day = take_digits(rest, 1, 2))) continue;
    if (!month && (month = read_month(token))) continue;
    if (auto rest = token; !year) year = take_digits(rest, 2, 4);
  }
  if (!clock || !day || !month || !year) return CookieJar::Time::min();
  if (*year >= 70 && *year <= 99) *year += 1900;
  if (*year >= 0 && *year <= 69) *year += 2000;
  if (*year < 1601 || clock->hour > 23 || clock->minute > 59 || clock->second > 59) return CookieJar::Time::min();
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return CookieJar::Time::min();
  // The clock's nanoseconds reach to the year 2262 only; what is outside is as good as never or long ago.
  if (*year > 2200) return CookieJar::Time::max();
  if (*year < 1900) return CookieJar::Time::min() + std::chrono::nanoseconds(1);
  return std::chrono::sys_days(date) + std::chrono::hours(clock->hour) + std::chrono::minutes(clock->minute) +
         std::chrono::seconds(clock->second);
}

void CookieJar::store(const base::Url& url, std::string_view set_cookie, Time now) {
  const auto control = [](char c) { return ((static_cast<unsigned char>(c) < 0x20) & (c != '\t')) | (c == 0x7F); };
  if (base::any_byte(set_cookie, control)) return;

  const auto pair = set_cookie.substr(0, set_cookie.find(';'));
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos) return;  // section 5.2: without "=" or without a name, ignore it all
  const auto name = base::trim(pair.substr(0, equals));
  const auto value = base::trim(pair.substr(equals + 1));
  if (name.empty() || name.size() + value.size() > max_pair) return;

  Attributes attributes;
  auto rest = set_cookie.substr(pair.size());
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the semicolon
    const auto part = rest.substr(0, rest.find(';'));
    read_attribute(attributes, part, now);
    rest.remove_prefix(part.size());
  }

  Cookie cookie;
  cookie.name = name;
  cookie.value = value;
  cookie.secure = attributes.secure;
  if (attributes.secure && !may_carry_secure(url)) return;  // as browsers: plain http may not set what only https reads
  if (!keeps_promise(name, attributes)) return;
  cookie.domain = url.host;
  if (!attributes.domain.empty() && attributes.domain != url.host) {
    // Without a list of public suffixes, at least a top-level name must not be a domain.
    if (!domain_matches(url.host, attributes.domain) || attributes.domain.find('.') == std::string::npos) return;
    cookie.domain = attributes.domain;
    cookie.host_only = false;
  } else if (!attributes.domain.empty()) {
    cookie.host_only = is_address(url.host);
  }
  cookie.path = attributes.path.empty() ? default_path(url.path) : attributes.path;
  if (attributes.max_age) cookie.expires = *attributes.max_age;  // section 5.3 step 3: Max-Age goes before Expires
  else if (attributes.expires) cookie.expires = *attributes.expires;
  insert(std::move(cookie), now);
}

void CookieJar::insert(Cookie cookie, Time now) {
  std::erase_if(cookies_, [&](const Cookie& old) { return old.expires <= now; });
  cookie.created = ++created_;
  const auto same = std::ranges::find_if(cookies_, [&](const Cookie& old) {
    return old.name == cookie.name && old.domain == cookie.domain && old.path == cookie.path;
  });
  if (same != cookies_.end()) {
    cookie.created = same->created;  // section 5.3 step 11
    cookies_.erase(same);
  }
  if (cookie.expires <= now) return;  // a deletion

  const auto drop_oldest = [&](auto among) {
    auto oldest = cookies_.end();
    for (auto it = cookies_.begin(); it != cookies_.end(); ++it)
      if (among(*it) && (oldest == cookies_.end() || it->created < oldest->created)) oldest = it;
    if (oldest != cookies_.end()) cookies_.erase(oldest);
  };
  const auto same_domain = [&](const Cookie& old) { return old.domain == cookie.domain; };
  if (static_cast<std::size_t>(std::ranges::count_if(cookies_, same_domain)) >= max_per_domain)
    drop_oldest(same_domain);
  if (cookies_.size() >= max_cookies) drop_oldest([](const Cookie&) { return true; });

  // Section 5.4 step 2: the order of sending.
  const auto later = std::ranges::find_if(cookies_, [&](const Cookie& old) {
    if (old.path.size() != cookie.path.size()) return old.path.size() < cookie.path.size();
    return old.created > cookie.created;
  });
  cookies_.insert(later, std::move(cookie));
}

void CookieJar::append_header(const base::Url& url, Time now, std::string& out) const {
  bool first = true;
  for (const auto& cookie : cookies_) {
    if (cookie.host_only ? cookie.domain != url.host : !domain_matches(url.host, cookie.domain)) continue;
    if (!path_matches(url.path, cookie.path)) continue;
    if (cookie.secure && !may_carry_secure(url)) continue;
    if (cookie.expires <= now) continue;
    if (!first) out += "; ";
    first = false;
    out.append(cookie.name).append("=").append(cookie.value);
  }
}

}  // namespace assay::net
