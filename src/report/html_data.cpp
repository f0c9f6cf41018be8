// run.json inside the page, for programs, for `assay report` and for whoever has the page only. Compressed: the messages of a
// run repeat themselves so much that the whole of it costs less than the visible part.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "record/run_json.hpp"
#include "report/html.hpp"

namespace assay::report {
namespace {

constexpr std::size_t kDataLimit = 900'000;   // bytes of base64 on the page
constexpr std::size_t kMessageInData = 2048;  // of each message, when that is too much

// gzip (RFC 1952) without a time or a name in it, so that equal runs give equal pages.
std::string gzipped(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string packed(const Page& page, const record::Run& run) {
  return base::base64(gzipped(record::write_run_json(run, page.redactor(), -1)));
}

}  // namespace

void html_data(Page& page) {
  auto data = packed(page, page.run());
  const bool cut = data.size() > kDataLimit;
  if (cut) {
    auto shorter = page.run();
    for (auto& exchange : shorter.exchanges) {
      // Redacted before the cut, because half a secret is not recognised.
      exchange.request = page.redactor().redact(exchange.request).substr(0, kMessageInData);
      exchange.response = page.redactor().redact(exchange.response).substr(0, kMessageInData);
    }
    data = packed(page, shorter);
    for (auto& exchange : shorter.exchanges)
      if (data.size() > kDataLimit) exchange.request.clear(), exchange.response.clear();
    if (data.size() > kDataLimit) data = packed(page, shorter);
  }
  page.put(
      "<section aria-labelledby=data><h2 id=data>Data</h2>\n<p>This page carries its own data: the element with the id "
      "<code>run-json</code> holds {}, compressed with gzip and written in base64. <code>assay report</code> makes "
      "every other format of it.</p>\n<p><button type=button id=download hidden>Download run.json</button></p>\n"
      "<script type=\"application/json\" id=run-json>{{\"schemaVersion\": {}, \"encoding\": \"gzip+base64\", "
      "\"complete\": {}, \"data\": \"{}\"}}</script>\n</section>\n",
      cut ? Markup("run.json with shortened messages") : Markup("the whole run.json"), record::kRunSchemaVersion,
      cut ? Markup("false") : Markup("true"), escaped(data));
}

}  // namespace assay::report
