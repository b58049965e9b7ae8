# The launcher: what runs first in the packed executable, before the dynamic linker.
#
# The kernel starts it as it starts a static program. It puts the embedded libraries where the
# embedded dynamic linker (ld.so) can open them, in memory files named by /proc/self/fd, tells ld.so
# by the auxiliary vector that it was started for denort, and jumps to it. When ld.so has linked
# everything it jumps to `linked`, which takes back what `start` did, and begins denort.
# pack.ts lays all of it out and appends the parameters; `deno task generate` makes launcher.ts of
# this file, a test compares the two.
#
# While ld.so runs, the variables LD_* of the environment have another name: the libraries are these
# and no others. Programs that are started later find them as they were.

	.intel_syntax noprefix

# asm/unistd_64.h
	.set SYS_write, 1
	.set SYS_close, 3
	.set SYS_munmap, 11
	.set SYS_access, 21
	.set SYS_getrlimit, 97
	.set SYS_exit_group, 231
	.set SYS_memfd_create, 319
	.set EINTR, 4                       # asm-generic/errno-base.h
	.set EINVAL, 22
	.set ENFILE, 23
	.set EMFILE, 24
	.set MFD_CLOEXEC, 1                 # linux/memfd.h
	.set MFD_NOEXEC_SEAL, 8             # since Linux 6.3
	.set RLIMIT_FSIZE, 1                # asm-generic/resource.h
	.set RLIMIT_NOFILE, 7
	.set AT_NULL, 0                     # linux/auxvec.h
	.set AT_PHDR, 3
	.set AT_PHNUM, 5
	.set AT_BASE, 7
	.set AT_ENTRY, 9
	.set EX_UNAVAILABLE, 69             # sysexits.h
	.set EX_OSERR, 71

	.set MIN_DESCRIPTORS, 64            # what denort needs; how many interfaces need, priv knows
	.set MIN_FILE_SIZE, 0x400000        # of the largest library, and room
	.set LD_, 0x5f444c                  # "LD_", three bytes of an environment variable
	.set HIDDEN, 0x5f4401               # the same with its first byte changed

# A library, in memory that can be written (pack.ts)
	.set library_start, 0               # from `start`
	.set library_size, 8
	.set library_fd, 16
	.set library_name, 24               # for memfd_create
	.set library_path, 64               # /proc/self/fd/, 10 slashes, 0
	.set library_path_end, 88
	.set library_length, 96

	.text
	.globl start
start:
	mov rbx, rsp
	lea rbp, [rip + start]
	lea r12, [rip + parameters]

	mov edi, RLIMIT_NOFILE
	call limit
	cmp rax, MIN_DESCRIPTORS
	jb too_few_descriptors
	mov edi, RLIMIT_FSIZE               # SIGXFSZ would end us without a word
	call limit
	cmp rax, MIN_FILE_SIZE
	jb file_size_limited

	mov r13, [r12 + libraries - parameters]
	add r13, rbp
	mov r14, [r12 + library_count - parameters]
	mov r15d, MFD_CLOEXEC | MFD_NOEXEC_SEAL
next_library:
	lea rdi, [r13 + library_name]
	mov esi, r15d
	mov eax, SYS_memfd_create
	syscall
	test eax, eax
	jns created
	cmp eax, -EMFILE
	je too_few_descriptors
	cmp eax, -ENFILE
	je too_few_descriptors
	cmp eax, -EINVAL
	jne no_memory_files
	cmp r15d, MFD_CLOEXEC
	je no_memory_files
	mov r15d, MFD_CLOEXEC               # an older kernel
	jmp next_library
created:
	mov [r13 + library_fd], rax
	mov esi, 10
	lea rdi, [r13 + library_path_end]
next_digit:                             # from the right; the kernel takes many slashes for one
	xor edx, edx
	div esi
	add edx, '0'
	dec rdi
	mov [rdi], dl
	test eax, eax
	jnz next_digit

	mov rsi, [r13 + library_start]
	add rsi, rbp
	mov r9, [r13 + library_size]
write_rest:
	mov rdi, [r13 + library_fd]
	mov rdx, r9
	mov eax, SYS_write
	syscall
	cmp rax, -EINTR
	je write_rest
	test rax, rax
	jle no_memory
	add rsi, rax
	sub r9, rax
	jnz write_rest

	lea rdi, [r13 + library_path]
	xor esi, esi                        # F_OK
	mov eax, SYS_access
	syscall
	test eax, eax
	jnz no_proc
	add r13, library_length
	dec r14
	jnz next_library

# The environment, and behind it the auxiliary vector
	mov rax, [rbx]
	lea rdi, [rbx + rax * 8 + 16]
	mov ecx, LD_
	mov r8d, HIDDEN
	call rename_variables
next_auxiliary:
	mov rax, [rdi]
	cmp rax, AT_NULL
	je auxiliary_end
	lea rsi, [r12 + headers - parameters]
	cmp rax, AT_PHDR
	je relative
	lea rsi, [r12 + linker - parameters]
	cmp rax, AT_BASE
	je relative
	cmp rax, AT_PHNUM
	je header_number
	cmp rax, AT_ENTRY
	jne auxiliary_done
	lea rdx, [rip + linked]
	jmp set_auxiliary
header_number:
	mov rdx, [r12 + header_count - parameters]
	jmp set_auxiliary
relative:
	mov rdx, [rsi]
	add rdx, rbp
set_auxiliary:
	mov [rdi + 8], rdx
auxiliary_done:
	add rdi, 16
	jmp next_auxiliary
auxiliary_end:
	mov rax, [r12 + linker_entry - parameters]
	add rax, rbp
	mov rsp, rbx
	jmp rax

# As the kernel would have started denort: rsp points to argc; rdx is for atexit, and is left alone.
linked:
	lea rbp, [rip + start]
	lea r12, [rip + parameters]
	mov r13, [r12 + libraries - parameters]
	add r13, rbp
	mov r14, [r12 + library_count - parameters]
next_close:
	mov rdi, [r13 + library_fd]
	mov eax, SYS_close
	syscall
	add r13, library_length
	dec r14
	jnz next_close
	mov rdi, [r12 + images - parameters]
	add rdi, rbp
	mov rsi, [r12 + images_size - parameters]
	mov eax, SYS_munmap
	syscall
	mov rax, [rsp]
	lea rdi, [rsp + rax * 8 + 16]
	mov ecx, HIDDEN
	mov r8d, LD_
	call rename_variables
	mov rax, [r12 + program_entry - parameters]
	add rax, rbp
	jmp rax

# Variables at rdi whose names begin with the three bytes in ecx get the first byte of r8d instead.
# Leaves rdi behind the environment.
rename_variables:
	mov rsi, [rdi]
	add rdi, 8
	test rsi, rsi
	jz renamed
	mov eax, [rsi]
	and eax, 0xffffff
	cmp eax, ecx
	jne rename_variables
	mov [rsi], r8b
	jmp rename_variables
renamed:
	ret

# The soft limit edi in rax; no limit when the kernel does not tell.
limit:
	sub rsp, 16
	mov rsi, rsp
	mov eax, SYS_getrlimit
	syscall
	test eax, eax
	mov rax, [rsp]
	jz limited
	mov rax, -1
limited:
	add rsp, 16
	ret

too_few_descriptors:
	lea rsi, [rip + descriptors_text]
	mov edx, descriptors_text_end - descriptors_text
	mov ebx, EX_OSERR
	jmp fail
file_size_limited:
	lea rsi, [rip + file_size_text]
	mov edx, file_size_text_end - file_size_text
	mov ebx, EX_OSERR
	jmp fail
no_memory:
	lea rsi, [rip + memory_text]
	mov edx, memory_text_end - memory_text
	mov ebx, EX_OSERR
	jmp fail
no_memory_files:
	lea rsi, [rip + memfd_text]
	mov edx, memfd_text_end - memfd_text
	mov ebx, EX_UNAVAILABLE
	jmp fail
no_proc:
	lea rsi, [rip + proc_text]
	mov edx, proc_text_end - proc_text
	mov ebx, EX_UNAVAILABLE
fail:
	mov edi, 2
	mov eax, SYS_write
	syscall
	mov edi, ebx
	mov eax, SYS_exit_group
	syscall

descriptors_text:
	.ascii "mirage-dhcp: Cannot start: too few file descriptors (see ulimit -n)\n"
descriptors_text_end:
file_size_text:
	.ascii "mirage-dhcp: Cannot start: files may not be large enough (see ulimit -f)\n"
file_size_text_end:
memory_text:
	.ascii "mirage-dhcp: Cannot start: no memory for the libraries it carries\n"
memory_text_end:
memfd_text:
	.ascii "mirage-dhcp: Cannot start: memfd_create(2) is refused here\n"
memfd_text_end:
proc_text:
	.ascii "mirage-dhcp: Cannot start: /proc is not there, or closed\n"
proc_text_end:

# Appended by pack.ts; eight bytes each, places are counted from `start`
	.balign 8
parameters:
	.set linker, parameters             # where ld.so begins
	.set linker_entry, parameters + 8
	.set headers, parameters + 16       # program headers for ld.so
	.set header_count, parameters + 24
	.set program_entry, parameters + 32 # of denort
	.set libraries, parameters + 40     # a table
	.set library_count, parameters + 48
	.set images, parameters + 56        # the libraries' bytes: whole pages
	.set images_size, parameters + 64
