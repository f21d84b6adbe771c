// The books as plain text for an independent program: an hledger journal. hledger can then check
// that every transaction balances and show every balance, without trusting us. Streams: memory does
// not grow with the books. Pure: the source reads, the sink writes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/ports/audit.hpp"

namespace erario {

// Takes the next piece of the file. What it fails with ends the export.
using TextSink = std::function<Result<void>(std::string_view)>;

// One transaction an entry, dated by its operating date; entry, event and subject are tags, the
// reference is a tag of its posting. All accounts and the currency are declared, so that
// `hledger check --strict` passes. Fails with kStoreUnavailable or the sink's error.
Result<void> export_hledger(AuditSource& source, const TextSink& sink);

// An account name as the journal writes it: what could end a name or make a posting virtual is
// written %XX. Colons stay: they are the levels of the chart.
std::string hledger_account(std::string_view account);

}  // namespace erario
