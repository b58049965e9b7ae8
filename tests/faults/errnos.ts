/**
 * The errors with which each system call of priv is made to fail: those that its manual page names and
 * that can meet a correct program on a machine in trouble.
 *
 * @module
 */

const NO_DESCRIPTOR = ["EMFILE", "ENFILE"];
const NO_SPACE = ["ENOSPC", "EDQUOT", "EROFS", "EIO"];

/** By system call. What is not here cannot plausibly fail, or belongs to the runtime alone. */
export const ERRNOS: Readonly<Record<string, readonly string[]>> = {
  accept4: ["ECONNABORTED", ...NO_DESCRIPTOR, "ENOBUFS", "EINTR"],
  bind: ["EADDRINUSE", "ENOMEM"],
  capget: ["EPERM"],
  chmod: ["EPERM", "EROFS"],
  chown: ["EPERM", "EROFS"],
  clone3: ["EAGAIN", "ENOMEM"],
  close: ["EIO", "EINTR"],
  connect: ["ECONNREFUSED", "EAGAIN"],
  fchmod: ["EPERM", "EROFS"],
  fcntl: ["EMFILE"],
  fdatasync: ["EIO", "ENOSPC", "EDQUOT"],
  flock: ["ENOLCK", "EINTR"],
  fsync: ["EIO", "ENOSPC"],
  ftruncate: ["EIO", "EROFS"],
  getdents64: ["EIO", "ENOMEM"],
  getsockopt: ["ENOBUFS"],
  getsockname: ["ENOBUFS"],
  ioctl: ["ENOTTY", "EIO"],
  kill: ["EPERM"],
  listen: ["EADDRINUSE"],
  lseek: ["EINVAL"],
  mkdir: ["ENOSPC", "EDQUOT", "EROFS", "EACCES"],
  newfstatat: ["EACCES", "ENOMEM"],
  openat: [...NO_DESCRIPTOR, "ENOSPC", "EACCES", "EROFS", "ENOMEM", "EIO"],
  pidfd_open: [...NO_DESCRIPTOR, "ENOMEM"],
  pipe2: NO_DESCRIPTOR,
  ppoll: ["EINTR", "ENOMEM"],
  read: ["EIO", "EINTR", "EAGAIN"],
  readlink: ["EACCES", "EIO", "ENOMEM"],
  recvfrom: ["EAGAIN", "EINTR", "ENOMEM", "ECONNRESET"],
  recvmsg: ["EAGAIN", "ENOBUFS", "ENETDOWN", "EINTR", "ENOMEM"],
  rename: [...NO_SPACE, "EACCES"],
  rmdir: ["EROFS", "EBUSY"],
  sendmsg: ["ENOBUFS", "ENOMEM", "EINTR", "EAGAIN"],
  sendto: ["ENOBUFS", "ENETDOWN", "ENETUNREACH", "ENOMEM", "EAGAIN", "EINTR", "EPIPE"],
  setsockopt: ["ENOMEM", "ENOBUFS", "EPERM"],
  signalfd4: [...NO_DESCRIPTOR, "ENOMEM"],
  shutdown: ["ENOTCONN"],
  socket: [...NO_DESCRIPTOR, "ENOBUFS", "EPERM", "EAFNOSUPPORT"],
  socketpair: [...NO_DESCRIPTOR, "ENOBUFS"],
  statx: ["EACCES", "ENOMEM", "EIO"],
  timerfd_create: [...NO_DESCRIPTOR, "ENOMEM"],
  timerfd_settime: ["ENOMEM"],
  unlink: ["EROFS", "EACCES", "EIO"],
  wait4: ["ECHILD", "EINTR"],
  write: [...NO_SPACE, "EINTR", "EPIPE", "EAGAIN"],
};
