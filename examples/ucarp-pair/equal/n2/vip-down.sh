#!/bin/sh
exec 2> /dev/null

/sbin/ip addr del "$2"/24 dev "$1"
