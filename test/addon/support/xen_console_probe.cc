// Plays guest and backend of a console's page by commands on standard input, one a line, and answers with a line each.
// Built with sanitizers: a step outside a ring ends it.
#include <iostream>
#include <memory>
#include <string>

#include "../../../addon/xen-console/console_ring.h"
#include "../../../addon/xen-console/store_wire.h"
#include "../../../addon/xen-console/text.h"

using namespace firstborn;

namespace {

struct Bench {
  std::unique_ptr<ConsolePage> page = std::make_unique<ConsolePage>();
  std::unique_ptr<ConsoleRing> ring = std::make_unique<ConsoleRing>(page.get());

  // A page whose counters stand where they do after a long life; then this end begins.
  void start(uint32_t input_counter, uint32_t output_counter) {
    page->input_consumed = page->input_produced = input_counter;
    page->output_consumed = page->output_produced = output_counter;
    ring = std::make_unique<ConsoleRing>(page.get());
  }

  void guest_prints(const std::string& text) {
    for (const char character : text) page->output[page->output_produced++ % output_ring_bytes] = character;
  }

  auto guest_reads() -> std::string {
    std::string text;
    while (page->input_consumed != page->input_produced) {
      text += page->input[page->input_consumed++ % input_ring_bytes];
    }
    return text;
  }
};

auto hex(std::string_view bytes) -> std::string {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += {digits[value >> 4], digits[value & 15]};
  }
  return text;
}

auto number_or(const std::optional<uint32_t>& number, const char* otherwise) -> std::string {
  return number.has_value() ? std::to_string(*number) : otherwise;
}

auto encode_request() -> std::string {
  uint32_t type = 0;
  uint32_t id = 0;
  std::string path;
  std::string value;
  std::cin >> type >> id >> path >> value;
  StoreRequest request(static_cast<StoreMessage>(type), id);
  const auto message = request.add_string(path).add_bytes(value).message();
  return message.has_value() ? hex(*message) : "too long";
}

auto answer(Bench& bench, const std::string& command) -> std::string {
  std::string word;
  uint32_t one = 0;
  uint32_t other = 0;
  if (command == "start") {
    std::cin >> one >> other;
    bench.start(one, other);
    return "started";
  }
  if (command == "guest-prints") {
    std::cin >> word;
    bench.guest_prints(word);
    return "printed";
  }
  if (command == "guest-reads") return bench.guest_reads();
  if (command == "guest-counters") {
    std::cin >> bench.page->input_consumed >> bench.page->output_produced;
    return "set";
  }
  if (command == "guest-overwrites") {
    std::cin >> bench.page->input_produced >> bench.page->output_consumed;
    return "set";
  }
  if (command == "take") {
    std::cin >> one;
    std::string taken(one, '\0');
    const auto count = bench.ring->take_output(taken.data(), one);
    return count.has_value() ? "took " + taken.substr(0, *count) : "broken";
  }
  if (command == "room") return number_or(bench.ring->input_room(), "broken");
  if (command == "give") {
    std::cin >> word;
    bench.ring->give_input(word.data(), static_cast<uint32_t>(word.size()));
    return "gave";
  }
  if (command == "request") return encode_request();
  if (command == "number") {
    std::cin >> word;
    return number_or(parse_number(word), "none");
  }
  return "unknown command " + command;
}

}  // namespace

int main() {
  Bench bench;
  for (std::string command; std::cin >> command;) std::cout << answer(bench, command) << '\n';
}
