#!/bin/sh
set -e

if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop 'mirage-dhcp@*.service' mirage-dhcp-spawner.socket >/dev/null || true
fi
