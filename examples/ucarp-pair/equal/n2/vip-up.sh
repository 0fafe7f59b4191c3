#!/bin/sh
# ucarp calls it with the interface and the address.
exec 2> /dev/null

/sbin/ip addr add "$2"/24 dev "$1"
