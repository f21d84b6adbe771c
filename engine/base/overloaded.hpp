// Overloaded{lambdas…}: one visitor out of one lambda a case, for std::visit. A missing case does
// not compile.
#pragma once

namespace erario {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace erario
