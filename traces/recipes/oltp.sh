#!/usr/bin/env bash
# An in-memory database (Redis) under an order-entry load in the shape of TPC-C's new-order and
# payment transactions, done as server-side scripts.
#
# In place of: VoltDB under a TPC-C-like workload (Hou et al. 2013, Table 1).
# Differs: VoltDB is not in Debian; Redis keeps all data in memory and runs each transaction to its
# end in one thread, as VoltDB's partitions do, but is not relational. The client runs in the same
# VM, where the paper's has a host of its own. 10 warehouses with TPC-C's 100 000 items of stock
# and 3000 customers in each of 10 districts; no history, and orders older than 500 are dropped.
# One emulated CPU.
. "$(dirname "$0")/guest.sh"
guest_begin "$@"
guest_packages "$root" redis-server redis-tools
mkdir -p "$root/root"
cat > "$root/root/load.lua" <<'END'
-- Fills a warehouse (KEYS[1] is its number): districts, customers, stock.
local w = KEYS[1]
for d = 1, 10 do
  redis.call('HSET', 'd:' .. w .. ':' .. d, 'next', 1, 'ytd', 0)
  for c = 1, 3000 do
    redis.call('HSET', 'c:' .. w .. ':' .. d .. ':' .. c, 'balance', -10, 'payments', 1,
      'data', string.rep(string.char(97 + c % 26), 300 + c % 201))
  end
end
for i = 1, 100000 do
  redis.call('HSET', 's:' .. w .. ':' .. i, 'quantity', 10 + i % 91, 'ytd', 0, 'orders', 0,
    'dist', string.rep(string.char(97 + i % 26), 240), 'data', string.rep('d', 26 + i % 25))
end
return 'OK'
END
cat > "$root/root/transaction.lua" <<'END'
-- One transaction; ARGV[1] is a random number that decides what it does.
local seed = tonumber(ARGV[1])
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end
local w, d, c = random(10), random(10), random(3000)
if random(100) <= 45 then
  local district = 'd:' .. w .. ':' .. d
  local order = redis.call('HINCRBY', district, 'next', 1)
  local lines = {}
  for n = 1, 5 + random(10) do
    local item, count = random(100000), random(10)
    local stock = 's:' .. w .. ':' .. item
    if redis.call('HINCRBY', stock, 'quantity', -count) < 10 then
      redis.call('HINCRBY', stock, 'quantity', 91)
    end
    redis.call('HINCRBY', stock, 'ytd', count)
    redis.call('HINCRBY', stock, 'orders', 1)
    lines[#lines + 1] = item .. ':' .. count
  end
  redis.call('HSET', 'o:' .. w .. ':' .. d .. ':' .. order, 'customer', c,
    'lines', table.concat(lines, ','))
  redis.call('DEL', 'o:' .. w .. ':' .. d .. ':' .. (order - 500))
else
  local amount = random(5000)
  local customer = 'c:' .. w .. ':' .. d .. ':' .. c
  redis.call('HINCRBY', 'd:' .. w .. ':' .. d, 'ytd', amount)
  redis.call('HINCRBY', customer, 'balance', -amount)
  redis.call('HINCRBY', customer, 'payments', 1)
end
return 'OK'
END
cat > "$root/workload" <<'END'
#!/bin/busybox sh
export PATH=/usr/bin:/bin HOME=/root
/bin/busybox ip link set lo up
cd /root
redis-server --save '' --appendonly no --daemonize yes --dir /root --loglevel warning \
  --hash-max-listpack-value 1024 > /dev/null
until [ "$(redis-cli ping)" = PONG ]; do /bin/busybox sleep 1; done
for w in 1 2 3 4 5 6 7 8 9 10; do
  echo "warehouse $w: $(redis-cli --eval load.lua $w)"
done
sha=$(redis-cli script load "$(/bin/busybox cat transaction.lua)")
echo "emulha: ready"
while :; do
  redis-benchmark -q -n 20000 -c 8 -r 2000000000 evalsha $sha 0 __rand_int__ | /bin/busybox tail -1
done
END
chmod 755 "$root/workload"
guest_boot $disk_modules
guest_disk
cat > "$build/guest.json" <<'END'
{
  "name": "oltp",
  "workload": "oltp: Redis under TPC-C-like new-order and payment transactions, 10 warehouses",
  "memory_mib": 1792,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr no_timer_check quiet",
  "disk": "disk.ext4",
  "ready": "emulha: ready",
  "settle_ms": 2000,
  "free_pages": "linux-6.1"
}
END
guest_end
