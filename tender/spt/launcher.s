# The launcher of a spt guest: what runs in the new process before the guest does.
#
# The kernel starts it as a static program, far above the guest's memory. It makes that memory, fills
# it, gives up what it has, puts the system call filter in force, and jumps to the guest. What stays
# of it is the pages with this code, which hold no secret; everything else is unmapped.
# image.ts lays the file out and appends the parameters; `deno task generate` makes launcher.ts of
# this file, a test compares the two.

	.intel_syntax noprefix

# asm/unistd_64.h
	.set SYS_write, 1
	.set SYS_mmap, 9
	.set SYS_mprotect, 10
	.set SYS_munmap, 11
	.set SYS_capset, 126
	.set SYS_prctl, 157
	.set SYS_exit_group, 231
	.set SYS_unshare, 272
	.set SYS_seccomp, 317
	.set SYS_close_range, 436
	.set EPERM, 1                       # asm-generic/errno-base.h
	.set AT_EXECFN, 31                  # linux/auxvec.h
	.set AT_RANDOM, 25
	.set LINUX_CAPABILITY_VERSION_3, 0x20080522 # linux/capability.h
	.set MAP_GUEST, 0x100022            # MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE; linux/mman.h
	.set PROT_READ, 1
	.set PR_SET_NAME, 15                # linux/prctl.h
	.set PR_CAPBSET_DROP, 24
	.set PR_SET_NO_NEW_PRIVS, 38
	.set SECCOMP_SET_MODE_FILTER, 1     # linux/seccomp.h
	.set SECCOMP_GET_ACTION_AVAIL, 2

	.set PAGE, 0x1000
	.set END_OF_ADDRESSES, 0x7ffffffff000 # TASK_SIZE with four levels of page tables

	.text
	.globl start
start:
	lea rbp, [rip + parameters]
	mov rbx, rsp

	mov edi, PR_SET_NO_NEW_PRIVS
	mov esi, 1
	xor edx, edx
	xor r10d, r10d
	xor r8d, r8d
	mov eax, SYS_prctl
	syscall
	test rax, rax
	jnz not_confined
	mov edi, PR_SET_NAME
	lea rsi, [rip + name]
	mov eax, SYS_prctl
	syscall
	mov edi, SECCOMP_GET_ACTION_AVAIL   # the filter is loaded when nothing can be said any more
	xor esi, esi
	lea rdx, [rip + kill_process]
	mov eax, SYS_seccomp
	syscall
	test rax, rax
	jnz not_confined

# The memory, all of it zero
	mov rdi, [rip + memory_start]
	mov rsi, [rip + memory_size]
	mov rdx, [rip + memory_protection]
	mov r10d, MAP_GUEST
	mov r8, -1
	xor r9d, r9d
	mov eax, SYS_mmap
	syscall
	cmp rax, -EPERM
	je low_addresses_reserved
	cmp rax, [rip + memory_start]
	jne no_memory

# What is copied into it: to, from, size
	mov r12, [rip + copies]
	mov r13, [rip + copy_count]
	cld
next_copy:
	test r13, r13
	jz copied
	mov rdi, [r12]
	mov rsi, [r12 + 8]
	mov rcx, [r12 + 16]
	rep movsb
	add r12, 24
	dec r13
	jmp next_copy
copied:
# Protections: from, size, PROT_ bits
	mov r12, [rip + protections]
	mov r13, [rip + protection_count]
next_protection:
	test r13, r13
	jz protected
	mov rdi, [r12]
	mov rsi, [r12 + 8]
	mov rdx, [r12 + 16]
	mov eax, SYS_mprotect
	syscall
	test rax, rax
	jnz no_memory
	add r12, 24
	dec r13
	jmp next_protection
protected:

# Namespaces of its own; where there may be none, the rest has to do
	mov rdi, [rip + namespaces]
	test rdi, rdi
	jz capabilities
	mov eax, SYS_unshare
	syscall
capabilities:
	xor r12d, r12d
next_capability:                        # until there is none, or it may not be given up
	mov edi, PR_CAPBSET_DROP
	mov esi, r12d
	xor edx, edx
	xor r10d, r10d
	xor r8d, r8d
	mov eax, SYS_prctl
	syscall
	inc r12d
	test rax, rax
	jz next_capability
	lea rdi, [rip + capability_header]
	lea rsi, [rip + no_capabilities]
	mov eax, SYS_capset
	syscall
	test rax, rax
	jnz not_confined

# The stack keeps the arguments, for ps(1), and nothing else. Behind them come the environment, which
# is empty, and the auxiliary vector.
	mov rax, [rbx]
	lea rsi, [rbx + rax * 8 + 24]
	xor r14d, r14d
next_auxiliary:
	mov rax, [rsi]
	mov rdx, [rsi + 8]
	mov qword ptr [rsi], 0
	mov qword ptr [rsi + 8], 0
	add rsi, 16
	cmp rax, AT_RANDOM
	jne not_random
	mov qword ptr [rdx], 0
	mov qword ptr [rdx + 8], 0
not_random:
	cmp rax, AT_EXECFN
	cmove r14, rdx
	test rax, rax
	jnz next_auxiliary
	test r14, r14
	jz not_confined
	or r14, PAGE - 1                    # AT_EXECFN is on the last page
	inc r14
	and rbx, -PAGE

# Descriptors: first, last
	mov r12, [rip + closings]
	mov r13, [rip + closing_count]
next_closing:
	test r13, r13
	jz closed
	mov rdi, [r12]
	mov rsi, [r12 + 8]
	xor edx, edx
	mov eax, SYS_close_range
	syscall
	add r12, 16
	dec r13
	jmp next_closing
closed:

	mov rdi, [rip + resident_end]       # what was copied
	mov rsi, [rip + images_end]
	sub rsi, rdi
	mov eax, SYS_munmap
	syscall
	test rax, rax
	jnz failed
	mov rdi, [rip + images_end]         # from here to the stack; a kernel that seals its vDSO may refuse
	mov rsi, rbx
	sub rsi, rdi
	mov eax, SYS_munmap
	syscall
	mov rdi, rbx
	mov rsi, r14
	sub rsi, rbx
	mov edx, PROT_READ
	mov eax, SYS_mprotect
	syscall
	test rax, rax
	jnz failed
	mov rdi, r14                        # behind the stack, as above
	movabs rsi, END_OF_ADDRESSES
	sub rsi, r14
	mov eax, SYS_munmap
	syscall

	mov edi, SECCOMP_SET_MODE_FILTER
	xor esi, esi
	lea rdx, [rip + filter_length]
	mov eax, SYS_seccomp
	syscall
	test rax, rax
	jnz failed

	mov rsp, [rip + stack]
	mov rdi, [rip + boot_info]
	xor eax, eax
	xor ebx, ebx
	xor ecx, ecx
	xor edx, edx
	xor esi, esi
	xor ebp, ebp
	xor r8d, r8d
	xor r9d, r9d
	xor r10d, r10d
	xor r11d, r11d
	xor r12d, r12d
	xor r13d, r13d
	xor r14d, r14d
	xor r15d, r15d
	jmp qword ptr [rip + entry]

low_addresses_reserved:
	lea rsi, [rip + low_text]
	mov edx, low_text_end - low_text
	jmp refuse
no_memory:
	lea rsi, [rip + memory_text]
	mov edx, memory_text_end - memory_text
	jmp refuse
not_confined:
	lea rsi, [rip + confined_text]
	mov edx, confined_text_end - confined_text
refuse:
	mov edi, 2
	mov eax, SYS_write
	syscall
failed:                                 # nobody hears a message
	mov edi, 1
	mov eax, SYS_exit_group
	syscall

kill_process:
	.long 0x80000000                    # SECCOMP_RET_KILL_PROCESS; linux/seccomp.h
capability_header:
	.long LINUX_CAPABILITY_VERSION_3, 0
no_capabilities:
	.quad 0, 0, 0
low_text:
	.ascii "Cannot run the guest: its memory begins at 64 KiB, which vm.mmap_min_addr forbids\n"
low_text_end:
memory_text:
	.ascii "Cannot run the guest: there is not so much memory (--mem)\n"
memory_text_end:
confined_text:
	.ascii "Cannot run the guest: the kernel refuses to confine it\n"
confined_text_end:

# Appended by image.ts; eight bytes each
	.balign 8
parameters:
	.set name, parameters               # 16 bytes, for /proc/self/comm
	.set memory_start, parameters + 16
	.set memory_size, parameters + 24
	.set memory_protection, parameters + 32
	.set copies, parameters + 40        # the address of a table
	.set copy_count, parameters + 48
	.set protections, parameters + 56
	.set protection_count, parameters + 64
	.set closings, parameters + 72
	.set closing_count, parameters + 80
	.set namespaces, parameters + 88    # CLONE_ bits
	.set resident_end, parameters + 96  # the end of the pages with this code
	.set images_end, parameters + 104   # the end of what follows them in the file
	.set filter_length, parameters + 112 # struct sock_fprog
	.set filter, parameters + 120
	.set stack, parameters + 128
	.set boot_info, parameters + 136
	.set entry, parameters + 144
