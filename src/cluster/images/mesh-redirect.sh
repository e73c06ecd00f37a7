#!/bin/sh
# Entry point of the init image: leads the pod's TCP traffic through its proxy. $1 are the rules for IPv4 and $2 those for
# IPv6, as iptables-restore reads them. Which of the kernel's two ways to filter works here is tried out.
set -eu

restore() { # restore COMMANDS RULES: by the first command that works
  for command in $1; do
    if printf %s "$2" | "$command" --noflush 2>/tmp/reason; then
      echo "redirected by $command"
      return 0
    fi
  done
  return 1
}

if ! restore "iptables-restore iptables-legacy-restore" "$1"; then
  echo "the pod's traffic can't be redirected: $(cat /tmp/reason)" >&2
  echo "the init container needs the capabilities NET_ADMIN and NET_RAW, and a kernel with iptables' REDIRECT" >&2
  exit 1
fi
# A pod without IPv6 has nothing to redirect there.
if [ -e /proc/net/if_inet6 ] && [ -n "$(cat /proc/net/if_inet6)" ]; then
  if ! restore "ip6tables-restore ip6tables-legacy-restore" "$2"; then
    echo "IPv6 is not redirected: $(cat /tmp/reason)" >&2
    # Scopes 10 and 20 are those of loopback and of a link: who has no other address is reached by IPv4 alone.
    while read -r address _ _ scope _; do
      [ "$scope" = 10 ] || [ "$scope" = 20 ] && continue
      echo "the pod has the IPv6 address $address, whose traffic would go past its proxy" >&2
      echo "the node's kernel needs ip6tables' REDIRECT, or the pod's network no IPv6" >&2
      exit 1
    done </proc/net/if_inet6
  fi
fi
