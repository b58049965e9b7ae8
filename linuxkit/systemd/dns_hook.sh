#!/bin/sh
# Passes the name servers of a lease on, to systemd-resolved or to resolvconf(8), as $1 says. Run by
# `mirage-dhcp watch --exec` with the variables that HOOKS in mirage-dhcp(8) explains, and once more
# with reason=STOP when that has ended. For systemd-resolved a domain is more than a suffix: lookups
# below it go to these servers only, so that a server could take names from a VPN. It gets domains
# when $2 is `domains`.
set -eu

to=$1
use=${2:-}

# The service may be starting anew.
attempt() {
  for pause in 1 2 4; do
    "$@" && return
    sleep "$pause"
  done
  "$@"
}

add() {
  servers=$new_domain_name_servers
  domains=${new_domain_search:-${new_domain_name:-}}
  if [ "$to" = resolved ]; then
    # Each word is an argument; no domain is an empty one.
    attempt resolvectl dns "$interface" $servers
    if [ "$use" = domains ]; then attempt resolvectl domain "$interface" ${domains:-''}; fi
  else
    {
      if [ -n "$domains" ]; then echo "search $domains"; fi
      for server in $servers; do echo "nameserver $server"; done
    } | resolvconf -a "$interface.dhcp"
  fi
}

remove() {
  if [ "$to" = resolved ]; then
    resolvectl revert "$interface"
  else
    resolvconf -d "$interface.dhcp"
  fi
}

case $reason in
  BOUND | RENEW | REBIND | REBOOT | INFORM | STATIC | IPV4LL)
    if [ -n "${new_domain_name_servers:-}" ]; then add; else remove; fi
    ;;
  NOCARRIER | EXPIRE | RELEASE | STOP)
    remove
    ;;
esac
