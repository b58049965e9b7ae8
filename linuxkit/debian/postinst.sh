#!/bin/sh
# Makes the user of mirage-dhcp@.service, and the directory of a socket. Starts nothing: which interface is to be
# managed, the administrator says (systemctl enable --now mirage-dhcp@eth0).
set -e

if [ "$1" = configure ]; then
  systemd-sysusers mirage-dhcp.conf
  # Without systemd there is no need of it.
  if command -v systemd-tmpfiles >/dev/null; then
    systemd-tmpfiles --create mirage-dhcp.conf || true
  fi
fi

if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
  # After an upgrade, whatever runs goes on with the new program.
  if [ "$1" = configure ] && [ -n "$2" ]; then
    deb-systemd-invoke try-restart 'mirage-dhcp@*.service' >/dev/null || true
  fi
fi
