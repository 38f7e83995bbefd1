#!/usr/bin/env bash
# etcd: an election gives every lease its whole time again, so that a lock outlives its dead holder for up to twice its ttl.
#
# A lease of 20 s that is not kept alive ends 20 s after the last keep-alive; one would guess so whatever becomes of etcd's
# own members, since the lease is replicated to all of them.
# Only the member that leads counts the time (checkpoints of leases are off by default): the next leader begins at the whole
# ttl. A lease with 7 s to go had 20 s to go after the leader was killed.
# Seen on 2026-11-30 with Debian's etcd 3.4.23 (etcd-server, etcd-client), Linux.
# It matters because Patroni and others put database and etcd on the same machines: if the machine of both leaders is lost,
# the failover takes up to twice as long as its ttl says.

set -euo pipefail

dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
chmod 755 .
apt-get download -qq etcd-server=3.4.23-4+b4 etcd-client=3.4.23-4+b4 2>/dev/null
for package in *.deb; do dpkg -x "$package" .; done

declare -A process
cluster=n1=http://127.0.0.1:57311,n2=http://127.0.0.1:57312,n3=http://127.0.0.1:57313
for number in 1 2 3; do
    usr/bin/etcd --name "n$number" --data-dir "n$number" --initial-cluster "$cluster" --log-level error \
        --listen-peer-urls "http://127.0.0.1:5731$number" --initial-advertise-peer-urls "http://127.0.0.1:5731$number" \
        --listen-client-urls "http://127.0.0.1:5730$number" --advertise-client-urls "http://127.0.0.1:5730$number" \
        >"n$number.log" 2>&1 &
    process[$number]=$!
done
export ETCDCTL_API=3
control() { usr/bin/etcdctl --endpoints "127.0.0.1:57301,127.0.0.1:57302,127.0.0.1:57303" "$@"; }
rest() { control lease timetolive "$lease" 2>/dev/null | sed -n 's/.*remaining(\([0-9]*\)s).*/\1/p'; }
leads() { control endpoint status 2>/dev/null | awk -F', ' '$5 == "true" {print substr($1, length($1))}'; }

for _ in $(seq 60); do [ -n "$(leads)" ] && break; sleep 0.5; done
lease=$(control lease grant 20 | awk '{print $2}')
sleep 12
before=$(rest)
leader=$(leads)
kill -9 "${process[$leader]}"
for _ in $(seq 20); do after=$(rest) && [ -n "$after" ] && break; sleep 0.5; done

usr/bin/etcd --version | sed -n 1p
echo "expected: after the election the lease has no longer to go than the $before s that it had before"
echo "seen: it has $after s"
[ "$before" -le 8 ] && [ "$after" -gt 12 ]
