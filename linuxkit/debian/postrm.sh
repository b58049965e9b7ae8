#!/bin/sh
# The user stays, as users of packages do: files of his may be in a backup.
set -e

if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi

if [ "$1" = purge ]; then
  rm -rf /run/dhcp-client /run/mirage-dhcp /var/lib/dhcp-client
  # What `systemctl enable` has made.
  rm -f /etc/systemd/system/multi-user.target.wants/mirage-dhcp@*.service
fi
