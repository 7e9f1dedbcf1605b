#!/bin/sh
# Run on a Proxmox VE host, as root: makes an unprivileged Debian 13 container with homepulse in it,
# and a read-only user and token for it. Prints every command before it runs it, and at the end how
# to undo them. It downloads nothing but Debian's container template and, inside, Debian packages.
set -eu

id='' storage=local-lvm templates=local bridge=vmbr0 address=dhcp hostname=homepulse
memory=512 disk=4 user=homepulse@pve token=monitor package='' dry=no
target=lab

usage() {
    cat <<TEXT
Usage: sh proxmox-lxc.sh --package homepulse_VERSION_amd64.deb [OPTION]...

  --package FILE       the Debian package of homepulse, on this host
  --id ID              the container's id (default: the next free one)
  --storage NAME       storage of its disk (default: $storage)
  --templates NAME     storage of container templates (default: $templates)
  --bridge NAME        its network (default: $bridge)
  --address ADDRESS    dhcp, or like 192.0.2.20/24,gw=192.0.2.1 (default: $address)
  --hostname NAME      its name (default: $hostname)
  --memory MIB         its memory (default: $memory)
  --disk GIB           its disk (default: $disk)
  --token NAME         name of the token of $user (default: $token)
  --dry-run            print the commands, run none that changes anything
  --help               print this
TEXT
}

fail() {
    echo "proxmox-lxc.sh: $*" >&2
    exit 1
}

# Prints a command, then runs it, unless this is a rehearsal.
run() {
    echo "+ $*"
    [ "$dry" = yes ] || "$@"
}

while [ $# -gt 0 ]; do
    case $1 in
    --dry-run) dry=yes ;;
    --help | -h)
        usage
        exit
        ;;
    --package | --id | --storage | --templates | --bridge | --address | --hostname | --memory | --disk | --token)
        [ $# -ge 2 ] || fail "$1 needs a value"
        case $1 in
        --package) package=$2 ;;
        --id) id=$2 ;;
        --storage) storage=$2 ;;
        --templates) templates=$2 ;;
        --bridge) bridge=$2 ;;
        --address) address=$2 ;;
        --hostname) hostname=$2 ;;
        --memory) memory=$2 ;;
        --disk) disk=$2 ;;
        --token) token=$2 ;;
        esac
        shift
        ;;
    *)
        usage >&2
        fail "there is no option $1"
        ;;
    esac
    shift
done

[ -n "$package" ] || { usage >&2; fail "give --package"; }
[ -f "$package" ] || fail "$package is not there"
[ "$(id -u)" -eq 0 ] || fail "run it as root"
for command in pct pveam pvesh pveum; do
    command -v "$command" >/dev/null || fail "$command is missing: is this a Proxmox VE host?"
done

# Before anything is changed: what could be in the way.
[ -n "$id" ] || id=$(pvesh get /cluster/nextid)
! pct status "$id" >/dev/null 2>&1 || fail "the id $id is taken"
has_user=no
if pveum user list --output-format json | grep -q "\"$user\""; then
    has_user=yes
    if pveum user token list "$user" --output-format json | grep -q "\"$token\""; then
        fail "the token $user!$token exists; take another name with --token, or: pveum user token delete $user $token"
    fi
fi

# A certificate of a public authority is believed by name; Proxmox's own by the cluster's authority,
# which outlives the node's certificate, renewed every two years.
node=$(hostname)
if [ -e /etc/pve/local/pveproxy-ssl.pem ]; then
    ca=''
    url=https://$(hostname -f):8006
else
    ca=/etc/pve/pve-root-ca.pem
    url=https://$(hostname -i | cut -d' ' -f1):8006
fi

undo() {
    cat <<TEXT

To undo everything:
  pct stop $id; pct destroy $id
  pveum user token delete $user $token
TEXT
    [ "$has_user" = yes ] || echo "  pveum user delete $user"
    echo
}

scratch=$(mktemp -d)
finish() {
    status=$?
    rm -rf "$scratch"
    if [ "$status" -ne 0 ] && [ -n "${begun:-}" ] && [ "$dry" = no ]; then
        echo "proxmox-lxc.sh: stopped half-way." >&2
        undo >&2
    fi
}
trap finish EXIT

echo "Container $id ($hostname) on $node: Debian 13, unprivileged, 1 core, $memory MiB, $disk GiB on $storage."
echo "User $user with the role PVEAuditor, which may look and nothing else, and its token $token."
echo

run pveam update
template=$(pveam available --section system | awk '$2 ~ /^debian-13-standard/ { print $2 }' | sort -V | tail -n 1)
[ -n "$template" ] || fail "there is no debian-13-standard template; see: pveam available --section system"
if ! pveam list "$templates" | grep -q "$template"; then
    run pveam download "$templates" "$template"
fi

begun=yes
run pct create "$id" "$templates:vztmpl/$template" --hostname "$hostname" --ostype debian \
    --unprivileged 1 --features nesting=1 --cores 1 --memory "$memory" --swap 0 \
    --rootfs "$storage:$disk" --net0 "name=eth0,bridge=$bridge,ip=$address" --onboot 1
run pct start "$id"

echo "+ wait for its network"
tries=0
until [ "$dry" = yes ] || pct exec "$id" -- getent hosts deb.debian.org >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || fail "no name resolution in the container after a minute; check --bridge and --address"
    sleep 1
done

run pct push "$id" "$package" /root/homepulse.deb
run pct exec "$id" -- apt-get update -qq
run pct exec "$id" -- env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq /root/homepulse.deb
run pct exec "$id" -- rm /root/homepulse.deb

[ "$has_user" = yes ] || run pveum user add "$user" --comment "read-only monitoring"
# With privilege separation, the default, user and token both need the role.
run pveum acl modify / --users "$user" --roles PVEAuditor
echo "+ pveum user token add $user $token --privsep 1 --output-format json   (the secret is not shown)"
if [ "$dry" = no ]; then
    umask 077
    pveum user token add "$user" "$token" --privsep 1 --output-format json >"$scratch/answer"
    sed -n 's/.*"value" *: *"\([^"]*\)".*/\1/p' "$scratch/answer" >"$scratch/lab.token"
    [ -s "$scratch/lab.token" ] || fail "cannot read the token's secret from the answer"
fi
run pveum acl modify / --tokens "$user!$token" --roles PVEAuditor

# Reachable from the network, therefore with a token of its own.
echo "+ write config.toml and two tokens into /etc/homepulse of the container"
if [ "$dry" = no ]; then
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$scratch/api.token"
    {
        echo 'listen = "0.0.0.0:7655"'
        echo 'api_token_file = "/etc/homepulse/api.token"'
        echo "allowed_hosts = [\"$hostname\"]"
        echo
        echo '[[targets]]'
        echo "name = \"$target\""
        echo "address = \"$url\""
        echo "token_id = \"$user!$token\""
        echo 'token_secret_file = "/etc/homepulse/lab.token"'
        [ -z "$ca" ] || echo 'ca_file = "/etc/homepulse/lab-ca.pem"'
    } >"$scratch/config.toml"
    for file in config.toml lab.token api.token; do
        pct push "$id" "$scratch/$file" "/etc/homepulse/$file" --perms 0640
    done
fi
[ -z "$ca" ] || run pct push "$id" "$ca" /etc/homepulse/lab-ca.pem --perms 0640
run pct exec "$id" -- sh -c 'chown root:homepulse /etc/homepulse/*'
run pct exec "$id" -- homepulse check-config --config /etc/homepulse/config.toml
run pct exec "$id" -- systemctl restart homepulse
run pct exec "$id" -- homepulse health

echo
if [ "$dry" = yes ]; then
    echo "This was a rehearsal; nothing was changed."
else
    ip=$(pct exec "$id" -- hostname -I | cut -d' ' -f1)
    echo "Open http://$ip:7655/ with the token that this prints:"
    echo "  pct exec $id -- cat /etc/homepulse/api.token"
fi
undo
