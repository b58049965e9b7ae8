# The spawner: the one process that can still start a program once priv is confined.
#
# It can start this program as a calf, kill such a calf, and tell how one has ended; it reads nothing
# else, and it has no other memory than its stack. It is a whole ELF file: header, code, four strings.
# `deno task generate` makes program.ts of it, a test compares the two.
#
# Descriptors: 0 a pipe's end, 1 the channel to priv (AF_UNIX SOCK_SEQPACKET), 2 the executable (O_PATH).
#
# It starts no more than 1024 at a time.
#
# A request, 24 bytes: u32 what (1 start, 2 kill, 3 wait), u32 pid, char name[16]; with "start" come
# three descriptors: net, ctl, log. An answer, 8 bytes: s32 result (negative: an errno), s32 status.
#   start: result is the process id
#   kill:  result is 0
#   wait:  result is 0 while it runs, else CLD_EXITED, CLD_KILLED or CLD_DUMPED (siginfo_t.si_code);
#          status is its exit code or the signal
# Only children can be killed or waited for. When the channel ends, the spawner does, and each calf
# with it (PR_SET_PDEATHSIG).

	.intel_syntax noprefix

# asm/unistd_64.h
	.set SYS_close, 3
	.set SYS_dup2, 33
	.set SYS_sendto, 44
	.set SYS_recvmsg, 47
	.set SYS_vfork, 58
	.set SYS_exit, 60
	.set SYS_kill, 62
	.set SYS_prctl, 157
	.set SYS_exit_group, 231
	.set SYS_waitid, 247
	.set SYS_dup3, 292
	.set SYS_execveat, 322
	.set SYS_close_range, 436
	.set AT_EMPTY_PATH, 0x1000          # linux/fcntl.h
	.set EINTR, 4                       # asm-generic/errno-base.h
	.set EAGAIN, 11
	.set EINVAL, 22
	.set MSG_NOSIGNAL, 0x4000           # linux/socket.h
	.set O_CLOEXEC, 02000000            # asm-generic/fcntl.h
	.set PR_SET_NAME, 15                # linux/prctl.h
	.set PR_SET_NO_NEW_PRIVS, 38
	.set P_PID, 1                       # linux/wait.h
	.set WNOHANG, 1
	.set WEXITED, 4
	.set WNOWAIT, 0x01000000
	.set SIGKILL, 9                     # asm-generic/signal.h
	.set RIGHTS_LENGTH, 28              # struct cmsghdr and three descriptors
	.set SOCKET_RIGHTS, 0x0000000100000001 # cmsg_level SOL_SOCKET, cmsg_type SCM_RIGHTS

	.set MAX_CALVES, 1024               # r12 counts them until their end has been told

	.set CHANNEL, 1
	.set EXECUTABLE, 2
	.set NET, 3                         # what is received takes the lowest numbers
	.set LOG, 5
	.set SPARE, 6

# The stack, from rbp upwards
	.set request, 0                     # 24 bytes
	.set request_name, 8
	.set answer, 24                     # 8 bytes
	.set control, 32                    # 32 bytes
	.set iov, 64                        # 16 bytes
	.set msg, 80                        # struct msghdr, 56 bytes
	.set argv, 136                      # 5 pointers
	.set exec_error, 176                # 8 bytes
	.set info, 184                      # siginfo_t, 128 bytes
	.set frame, 320

	.set BASE, 0x400000
	.text
	.globl _start
file:
# Elf64_Ehdr (elf.h)
	.byte 0x7f, 'E', 'L', 'F', 2, 1, 1, 0
	.quad 0
	.short 2, 62                        # ET_EXEC, EM_X86_64
	.long 1
	.quad BASE + _start - file
	.quad headers - file
	.quad 0
	.long 0
	.short 64, 56, 2, 0, 0, 0
headers:
# PT_LOAD, readable and executable: the whole file
	.long 1, 5
	.quad 0, BASE, BASE, end - file, end - file, 0x1000
# PT_GNU_STACK, readable and writable
	.long 0x6474e551, 6
	.quad 0, 0, 0, 0, 0, 16

_start:
	sub rsp, frame
	mov rbp, rsp
	xor r12d, r12d
	mov edi, PR_SET_NO_NEW_PRIVS
	mov esi, 1
	xor edx, edx
	xor r10d, r10d
	xor r8d, r8d
	mov eax, SYS_prctl
	syscall
	mov edi, PR_SET_NAME
	lea rsi, [rip + process_name]
	mov eax, SYS_prctl
	syscall

next_request:
# Whatever came with the last request
	mov edi, NET
	mov esi, -1
	xor edx, edx
	mov eax, SYS_close_range
	syscall
	mov qword ptr [rbp + control], 0
	mov qword ptr [rbp + answer], 0
	lea rax, [rbp + request]
	mov [rbp + iov], rax
	mov qword ptr [rbp + iov + 8], 24
	mov qword ptr [rbp + msg], 0        # msg_name
	mov qword ptr [rbp + msg + 8], 0
	lea rax, [rbp + iov]
	mov [rbp + msg + 16], rax
	mov qword ptr [rbp + msg + 24], 1
	lea rax, [rbp + control]
	mov [rbp + msg + 32], rax
	mov qword ptr [rbp + msg + 40], RIGHTS_LENGTH
	mov edi, CHANNEL
	lea rsi, [rbp + msg]
	xor edx, edx
	mov eax, SYS_recvmsg
	syscall
	cmp rax, -EINTR
	je next_request
	test rax, rax
	jle channel_ended
	cmp rax, 24
	jne invalid
	mov eax, [rbp + request]
	cmp eax, 1
	je start_calf
	cmp eax, 2
	je kill_calf
	cmp eax, 3
	je wait_calf
invalid:
	mov eax, -EINVAL
respond:
	mov [rbp + answer], eax
	mov edi, CHANNEL
	lea rsi, [rbp + answer]
	mov edx, 8
	mov r10d, MSG_NOSIGNAL
	xor r8d, r8d
	xor r9d, r9d
	mov eax, SYS_sendto
	syscall
	jmp next_request

channel_ended:
	xor edi, edi
	mov eax, SYS_exit_group
	syscall

start_calf:
	cmp qword ptr [rbp + control], RIGHTS_LENGTH
	jne invalid
	movabs rax, SOCKET_RIGHTS
	cmp [rbp + control + 8], rax
	jne invalid
	mov eax, -EAGAIN
	cmp r12d, MAX_CALVES
	jae respond
	mov byte ptr [rbp + request_name + 15], 0
	lea rax, [rip + program_name]
	mov [rbp + argv], rax
	lea rax, [rip + mode]
	mov [rbp + argv + 8], rax
	lea rax, [rip + end_of_options]     # a name is no option
	mov [rbp + argv + 16], rax
	lea rax, [rbp + request_name]
	mov [rbp + argv + 24], rax
	mov qword ptr [rbp + argv + 32], 0
	mov qword ptr [rbp + exec_error], 0
	mov eax, SYS_vfork                  # the child has this memory, and descriptors of its own
	syscall
	test rax, rax
	jnz parent
	mov edi, EXECUTABLE
	mov esi, SPARE
	mov edx, O_CLOEXEC
	mov eax, SYS_dup3
	syscall
	mov edi, LOG
	mov esi, 1
	mov eax, SYS_dup2
	syscall
	mov edi, LOG
	mov esi, 2
	mov eax, SYS_dup2
	syscall
	mov edi, LOG
	mov eax, SYS_close
	syscall
	mov edi, SPARE
	lea rsi, [rip + empty]
	lea rdx, [rbp + argv]
	lea r10, [rbp + argv + 32]          # an empty environment
	mov r8d, AT_EMPTY_PATH
	mov eax, SYS_execveat
	syscall
	mov [rbp + exec_error], rax
	mov edi, 127
	mov eax, SYS_exit
	syscall
parent:
	test eax, eax
	js respond
	inc r12d
	cmp qword ptr [rbp + exec_error], 0
	je respond
	dec r12d
	mov esi, eax
	mov r10d, WEXITED
	call waitid
	mov eax, [rbp + exec_error]
	jmp respond

kill_calf:
	mov esi, [rbp + request + 4]
	mov r10d, WEXITED | WNOHANG | WNOWAIT
	call waitid                         # ECHILD when it is no child
	test eax, eax
	js respond
	mov edi, [rbp + request + 4]
	mov esi, SIGKILL
	mov eax, SYS_kill
	syscall
	jmp respond

wait_calf:
	mov esi, [rbp + request + 4]
	mov r10d, WEXITED | WNOHANG
	call waitid
	test eax, eax
	js respond
	mov eax, [rbp + info + 8]           # si_code
	test eax, eax
	jz respond                          # it still runs
	dec r12d
	mov edx, [rbp + info + 24]          # si_status
	mov [rbp + answer + 4], edx
	jmp respond

# waitid(P_PID, esi, info, r10, NULL)
waitid:
	mov edi, P_PID
	lea rdx, [rbp + info]
	xor r8d, r8d
	mov eax, SYS_waitid
	syscall
	ret

program_name:
	.asciz "mirage-dhcp"
mode:
	.asciz "--mode=calf"
end_of_options:
	.asciz "--"
process_name:
	.ascii "dhcp-spawner"
empty:
	.byte 0
end:
