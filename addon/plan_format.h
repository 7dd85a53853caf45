// The byte format of a plan, shared by validator and interpreter. plan/plan-base.ts describes it for readers
// and plan/operation-codes.ts holds the same table for the encoder.
#pragma once

#include <cstddef>
#include <cstdint>

namespace firstborn {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "plans are little endian");

struct PlanHeader {
  uint32_t magic;
  uint16_t version;
  uint16_t zero;
  uint32_t operation_count;
  uint32_t length_bytes;
};
static_assert(sizeof(PlanHeader) == 16);

constexpr size_t max_accepted_errnos = 4;

struct RecordHeader {
  uint16_t opcode;
  uint16_t flags;
  uint32_t length_bytes;
  uint16_t accepted[max_accepted_errnos];
};
static_assert(sizeof(RecordHeader) == 16);

constexpr uint32_t plan_magic = 0x4c504246;  // "FBPL"
constexpr uint16_t plan_version = 1;
constexpr uint16_t warn_flag = 1;
constexpr size_t plan_alignment = 8;
constexpr uint32_t max_errno = 4095;  // the kernel's MAX_ERRNO

constexpr uint32_t max_operations = 65'536;
constexpr size_t max_plan_bytes = 16 * 1024 * 1024;
constexpr uint64_t max_list_entries = 4096;
constexpr uint64_t max_groups = 4096;
constexpr uint64_t slot_count = 128;
constexpr size_t max_arguments = 5;
constexpr size_t max_seccomp_instructions = 4096;  // BPF_MAXINSNS
constexpr size_t max_device_instructions = 65'536;
constexpr size_t max_cpu_mask_bytes = 1024;
constexpr uint32_t max_disk_wait_ms = 60'000;

// One argument after decoding. `bytes` points into the plan and is followed by a NUL, so a string can be
// handed to the kernel as it is. For a list, `number` counts its elements and `bytes` is the first of them.
struct Argument {
  uint64_t number;
  const char* bytes;
  size_t length_bytes;

  [[nodiscard]] auto as_fd() const -> int { return static_cast<int>(number); }
  [[nodiscard]] auto as_u32() const -> uint32_t { return static_cast<uint32_t>(number); }
  [[nodiscard]] auto as_string() const -> const char* { return bytes; }
};

// Bits of the write_file operation.
constexpr uint32_t write_create = 1;
constexpr uint32_t write_truncate = 2;
constexpr uint32_t write_append = 4;
constexpr uint32_t write_no_follow = 8;
constexpr uint32_t write_all_flags = 15;

// name, opcode, signature. The letters are explained in plan/operation-codes.ts.
#define FIRSTBORN_OPERATIONS(OPERATION)        \
  OPERATION(make_directory, 1, "sw")           \
  OPERATION(make_directories, 2, "sw")         \
  OPERATION(symlink, 3, "ss")                  \
  OPERATION(remove, 4, "s")                    \
  OPERATION(remove_directory, 5, "s")          \
  OPERATION(make_node, 6, "swww")              \
  OPERATION(change_mode, 7, "sw")              \
  OPERATION(change_owner, 8, "sww")            \
  OPERATION(change_owner_of_fd, 9, "fww")      \
  OPERATION(write_file, 10, "swwb")            \
  OPERATION(mount, 11, "sssws")                \
  OPERATION(unmount, 12, "sw")                 \
  OPERATION(open_tree, 13, "lsw")              \
  OPERATION(move_mount, 14, "ls")              \
  OPERATION(open_path, 15, "lsww")             \
  OPERATION(change_directory, 16, "s")         \
  OPERATION(change_directory_to_slot, 17, "l") \
  OPERATION(change_root, 18, "s")              \
  OPERATION(set_hostname, 19, "s")             \
  OPERATION(set_domainname, 20, "s")           \
  OPERATION(load_module, 21, "ss")             \
  OPERATION(netlink, 22, "wb")                 \
  OPERATION(ethtool, 23, "sww")                \
  OPERATION(duplicate_fd, 24, "ff")            \
  OPERATION(duplicate_slot, 25, "lf")          \
  OPERATION(close_fds, 26, "f")                \
  OPERATION(new_session, 27, "")               \
  OPERATION(set_controlling_terminal, 28, "f") \
  OPERATION(reset_signals, 29, "")             \
  OPERATION(set_resource_limit, 30, "wnn")     \
  OPERATION(set_groups, 31, "g")               \
  OPERATION(set_group_id, 32, "w")             \
  OPERATION(set_user_id, 33, "w")              \
  OPERATION(set_capabilities, 34, "nnn")       \
  OPERATION(drop_bounding_capability, 35, "w") \
  OPERATION(raise_ambient_capability, 36, "w") \
  OPERATION(clear_ambient_capabilities, 37, "") \
  OPERATION(set_keep_capabilities, 38, "w")    \
  OPERATION(set_no_new_privileges, 39, "")     \
  OPERATION(set_securebits, 40, "w")           \
  OPERATION(set_umask, 41, "w")                \
  OPERATION(unshare, 42, "w")                  \
  OPERATION(set_namespace, 43, "lw")           \
  OPERATION(check_working_directory, 44, "")   \
  OPERATION(sync, 45, "")                      \
  OPERATION(execute, 46, "VVv")                \
  OPERATION(signal_process, 47, "iw")          \
  OPERATION(join_namespaces, 48, "fw")         \
  OPERATION(freeze_filesystem, 49, "s")        \
  OPERATION(thaw_filesystem, 50, "s")          \
  OPERATION(set_dumpable, 51, "w")             \
  OPERATION(set_seccomp_filter, 52, "bw")      \
  OPERATION(set_personality, 53, "w")          \
  OPERATION(set_scheduler, 54, "b")            \
  OPERATION(set_io_priority, 55, "w")          \
  OPERATION(set_cpu_affinity, 56, "b")         \
  OPERATION(set_mount_attributes, 57, "swnnn") \
  OPERATION(pivot_root, 58, "ss")              \
  OPERATION(attach_device_program, 59, "sb")   \
  OPERATION(await_parent, 60, "w")             \
  OPERATION(join_session_keyring, 61, "sw")    \
  OPERATION(link_disk, 62, "ssw")

}  // namespace firstborn
