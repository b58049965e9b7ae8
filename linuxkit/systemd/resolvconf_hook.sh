#!/bin/sh
# Passes name servers on to resolvconf(8): that of systemd-resolved, of Debian or openresolv. Run by
# `mirage-dhcp watch --exec`, with the variables of its HOOKS, and in the end with reason=STOP.
set -eu

record=$interface.dhcp

case $reason in
  BOUND | RENEW | REBIND | REBOOT | INFORM | STATIC | IPV4LL)
    if [ -n "${new_domain_name_servers:-}" ]; then
      {
        if [ -n "${new_domain_name:-}" ]; then echo "domain $new_domain_name"; fi
        if [ -n "${new_domain_search:-}" ]; then echo "search $new_domain_search"; fi
        for server in $new_domain_name_servers; do echo "nameserver $server"; done
      } | resolvconf -a "$record"
    else
      resolvconf -d "$record"
    fi
    ;;
  NOCARRIER | EXPIRE | RELEASE | STOP)
    resolvconf -d "$record"
    ;;
esac
