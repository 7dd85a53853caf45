#include "console_nodes.h"

#include "failure.h"

namespace firstborn {

namespace {

auto number_text(uint32_t number) -> StoreText { return StoreText().add(number); }

}  // namespace

ConsoleNodes::ConsoleNodes(Store& store, uint32_t domain, uint32_t index)
    : store_(store), domain_(domain), index_(index) {
  guest_directory_.add("/local/domain/").add(domain).add("/device/console/").add(index);
  parent_directory_.add("backend/console/").add(domain);
  own_directory_.add(parent_directory_.view()).add("/").add(index);
}

void ConsoleNodes::prepare() {
  StoreText domain;
  domain.add("/local/domain/").add(domain_).add("/domid");
  if (!store_.read(domain.view()).has_value()) fail("find the domain", number_text(domain_).view(), ENOENT);
  const auto own_domain = store_.read_number("domid");
  if (!own_domain.has_value()) fail("find in xenstore", "domid", ENOENT);
  if (!store_.read(guest_path("state").view()).has_value()) make(*own_domain);
  store_.watch(guest_path("state").view());
  // The guest's nodes can go without a word of their own, with its domain.
  store_.watch("@releaseDomain");
}

void ConsoleNodes::make(uint32_t own_domain) {
  store_.make_directory(own_directory_.view(), own_domain, domain_);
  store_.write(own_path("frontend").view(), guest_directory_.view());
  store_.write(own_path("frontend-id").view(), number_text(domain_).view());
  store_.write(own_path("online").view(), "1");
  store_.write(own_path("protocol").view(), "vt100");
  set_state(EndState::initialising);
  StoreText backend;
  backend.add("/local/domain/").add(own_domain).add("/").add(own_directory_.view());
  store_.make_directory(guest_directory_.view(), domain_, own_domain);
  store_.write(guest_path("backend").view(), backend.view());
  store_.write(guest_path("backend-id").view(), number_text(own_domain).view());
  store_.write(guest_path("type").view(), "firstborn");
  // Last: from here on the guest sees a console.
  store_.write(guest_path("state").view(), number_text(static_cast<uint32_t>(EndState::initialising)).view());
  set_state(EndState::waiting);
}

auto ConsoleNodes::guest_state() -> EndState {
  const auto state = store_.read_number(guest_path("state").view());
  if (!state.has_value() || *state < 1 || *state > static_cast<uint32_t>(EndState::closed)) return EndState::closed;
  return static_cast<EndState>(*state);
}

auto ConsoleNodes::guest_number(std::string_view name) -> uint32_t {
  const StoreText path = guest_path(name);
  const auto number = store_.read_number(path.view());
  if (!number.has_value()) fail("read a number at", path.view(), EINVAL);
  return *number;
}

void ConsoleNodes::set_state(EndState state) {
  // A toolstack that tidies up may be faster: then nobody waits for the state any more.
  store_.try_write(own_path("state").view(), number_text(static_cast<uint32_t>(state)).view());
}

void ConsoleNodes::remove() {
  store_.remove(own_directory_.view());
  if (store_.is_empty(parent_directory_.view())) store_.remove(parent_directory_.view());
}

auto ConsoleNodes::guest_path(std::string_view name) -> StoreText {
  return StoreText().add(guest_directory_.view()).add("/").add(name);
}

auto ConsoleNodes::own_path(std::string_view name) -> StoreText {
  return StoreText().add(own_directory_.view()).add("/").add(name);
}

}  // namespace firstborn
