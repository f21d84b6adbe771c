// One POST with headers of its own, such as a signature over the body.
#pragma once

#include "tests/sim/http.hpp"

namespace erario::sim {

// As send_out(), which it leaves the requests without such headers to. Dripping is not offered.
OutgoingAnswer post_with_headers(const OutgoingRequest& request, const Pairs& headers,
                                 const std::atomic<bool>& stop);

}  // namespace erario::sim
