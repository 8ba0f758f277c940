#!/usr/bin/env bash
# A web shop: Apache with PHP and MariaDB in one guest, and clients that browse, search and buy.
#
# In place of: the RUBiS server (Hou et al. 2013, Table 1).
# Differs: RUBiS is not in Debian; the shop here is a small auction site of our own with RUBiS's
# most frequent interactions (browse, view, search, bid, buy). Database, server and clients share
# one VM, where the paper has a host for each and records the middle one. One emulated CPU.
. "$(dirname "$0")/guest.sh"
guest_begin "$@"
guest_packages "$root" apache2 libapache2-mod-php8.2 php8.2-mysql mariadb-server
mkdir -p "$root"/{root,var/www/html}
cat > "$root/root/schema.sql" <<'END'
CREATE DATABASE shop;
USE shop;
CREATE TABLE items (id INT PRIMARY KEY AUTO_INCREMENT, category INT, name VARCHAR(80),
  description TEXT, price INT, bids INT DEFAULT 0, stock INT DEFAULT 100, KEY (category));
CREATE TABLE bids (id INT PRIMARY KEY AUTO_INCREMENT, item INT, user INT, amount INT,
  made TIMESTAMP DEFAULT CURRENT_TIMESTAMP, KEY (item));
CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, item INT, user INT, KEY (user));
INSERT INTO items (category, name, description, price)
  SELECT seq % 20, CONCAT('item ', seq), REPEAT(CONCAT('thing ', seq % 97, ' '), 30), seq % 1000
  FROM seq_1_to_5000;
INSERT INTO bids (item, user, amount) SELECT seq % 5000 + 1, seq % 1000, seq % 500
  FROM seq_1_to_20000;
END
cat > "$root/var/www/html/index.php" <<'END'
<?php
$db = new mysqli('localhost', 'root', '', 'shop', 0, '/run/mysqld/mysqld.sock');
$n = (int) ($_GET['n'] ?? 1);
echo '<html><body><h1>Shop</h1><table>';
switch ($_GET['do'] ?? 'browse') {
  case 'view':
    $row = $db->query("SELECT * FROM items WHERE id = $n % 5000 + 1")->fetch_assoc();
    echo '<tr><td>' . htmlspecialchars($row['name'] . ' ' . $row['description']) . '</td></tr>';
    foreach ($db->query("SELECT * FROM bids WHERE item = {$row['id']} ORDER BY amount DESC") as $b) {
      echo "<tr><td>{$b['user']}</td><td>{$b['amount']}</td></tr>";
    }
    break;
  case 'search':
    $like = $n % 97;
    foreach ($db->query("SELECT id, name FROM items WHERE category = $n % 20
        AND description LIKE '%thing $like %' LIMIT 20") as $i) {
      echo "<tr><td>{$i['id']}</td><td>{$i['name']}</td></tr>";
    }
    break;
  case 'bid':
    $db->begin_transaction();
    $db->query("INSERT INTO bids (item, user, amount) VALUES ($n % 5000 + 1, $n % 1000, $n % 700)");
    $db->query("UPDATE items SET bids = bids + 1, price = price + 1 WHERE id = $n % 5000 + 1");
    $db->commit();
    break;
  case 'buy':
    $db->begin_transaction();
    $db->query("UPDATE items SET stock = stock - 1 WHERE id = $n % 5000 + 1");
    $db->query("INSERT INTO orders (item, user) VALUES ($n % 5000 + 1, $n % 1000)");
    $db->commit();
    break;
  default:
    foreach ($db->query("SELECT id, name, price FROM items WHERE category = $n % 20 LIMIT 25") as $i) {
      echo "<tr><td>{$i['id']}</td><td>{$i['name']}</td><td>{$i['price']}</td></tr>";
    }
}
echo '</table></body></html>';
END
cat > "$root/root/apache.conf" <<'END'
ServerRoot /etc/apache2
ServerName shop
PidFile /run/apache2.pid
Listen 127.0.0.1:80
User nobody
Group nogroup
LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
LoadModule php_module /usr/lib/apache2/modules/libphp8.2.so
TypesConfig /etc/mime.types
StartServers 4
MaxRequestWorkers 8
DocumentRoot /var/www/html
DirectoryIndex index.php
ErrorLog /root/apache.log
<FilesMatch "\.php$">
  SetHandler application/x-httpd-php
</FilesMatch>
<Directory /var/www/html>
  Require all granted
</Directory>
END
cat > "$root/root/client" <<'END'
#!/bin/busybox sh
# One client: RUBiS's bidding mix in broad strokes, 15 % of the requests write.
n=$1
while :; do
  n=$(((n * 16807) % 2147483647))
  case $((n / 100 % 20)) in
    0 | 1) do=bid ;;
    2) do=buy ;;
    3 | 4 | 5 | 6) do=search ;;
    7 | 8 | 9 | 10 | 11 | 12) do=view ;;
    *) do=browse ;;
  esac
  /bin/busybox wget -q -O /dev/null "http://127.0.0.1/?do=$do&n=$n" || /bin/busybox sleep 1
done
END
cat > "$root/workload" <<'END'
#!/bin/busybox sh
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root
b=/bin/busybox
$b ip link set lo up
$b mkdir -p /run/mysqld /var/lib/mysql /var/log/apache2 /etc/php/8.2/apache2/conf.d
$b rm -rf /etc/mysql
printf 'extension=mysqlnd.so\nextension=mysqli.so\n' > /etc/php/8.2/apache2/conf.d/shop.ini
[ -e /etc/mime.types ] || : > /etc/mime.types
$b chmod 755 /root
mariadb-install-db --no-defaults --user=root --datadir=/var/lib/mysql --skip-test-db \
  --auth-root-authentication-method=normal > /root/install 2>&1 || $b tail -5 /root/install
mariadbd --no-defaults --user=root --datadir=/var/lib/mysql --socket=/run/mysqld/mysqld.sock \
  --skip-networking --innodb-buffer-pool-size=64M --plugin-load-add=ha_sequence \
  --innodb-flush-log-at-trx-commit=2 > /root/mariadb.log 2>&1 &
until mariadb --no-defaults -S /run/mysqld/mysqld.sock -e 'SELECT 1' > /dev/null 2>&1; do
  $b sleep 1
done
mariadb --no-defaults -S /run/mysqld/mysqld.sock < /root/schema.sql
apache2 -f /root/apache.conf
until $b wget -q -O /root/page 'http://127.0.0.1/?do=browse&n=1'; do
  $b tail -2 /root/apache.log
  $b sleep 1
done
$b wc -c /root/page
for client in 1 2; do
  $b sh /root/client $((client * 7919)) &
done
echo "emulha: ready"
while :; do
  $b sleep 10
  mariadb --no-defaults -N -S /run/mysqld/mysqld.sock -e 'SELECT COUNT(*) FROM shop.bids'
done
END
chmod 755 "$root/workload"
guest_boot $disk_modules
guest_disk
cat > "$build/guest.json" <<'END'
{
  "name": "webshop",
  "workload": "webshop: Apache, PHP and MariaDB under two clients",
  "memory_mib": 512,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr no_timer_check quiet",
  "disk": "disk.ext4",
  "ready": "emulha: ready",
  "settle_ms": 5000,
  "free_pages": "linux-6.1"
}
END
guest_end
