#!/bin/sh
exec ucarp --interface=eth0 --srcip=192.168.1.11 --vhid=1 --pass=mysecret --addr=192.168.1.100 \
  --advbase=1 --advskew=0 \
  --upscript=/etc/ucarp/vip-up.sh --downscript=/etc/ucarp/vip-down.sh
