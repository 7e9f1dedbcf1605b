check_host() { needs pveum 'run this on a Proxmox VE node'; }

user_exists() { pveum user list --output-format json | has userid "$ACCOUNT"; }
role_exists() { pveum role list --output-format json | has roleid HomepulseBackups; }
token_exists() { pveum user token list "$ACCOUNT" --output-format json | has tokenid "$TOKEN"; }

plan_backups() {
    say '  make the role HomepulseBackups (Datastore.AllocateSpace, VM.Backup), without which'
    say '  Proxmox VE does not list the backups on its storages'
}

make_user() {
    user_exists || pveum user add "$ACCOUNT" --comment 'read-only monitoring'
}

make_token() {
    if token_exists; then pveum user token remove "$ACCOUNT" "$TOKEN" >/dev/null; fi
    pveum user token add "$ACCOUNT" "$TOKEN" --privsep 1 --output-format json | member value
}

# With privilege separation a token has the rights that both it and its user have.
grant() {
    roles=PVEAuditor
    if [ "$WITH_BACKUPS" = yes ]; then
        if role_exists; then verb=modify; else verb=add; fi
        pveum role "$verb" HomepulseBackups --privs 'Datastore.AllocateSpace VM.Backup'
        roles=PVEAuditor,HomepulseBackups
    fi
    pveum acl modify / --users "$ACCOUNT" --roles "$roles"
    pveum acl modify / --tokens "$ACCOUNT!$TOKEN" --roles "$roles"
}

# An own certificate, where there is one, is what the API shows.
fingerprint() {
    certificates=$(pvenode cert info --output-format json | tr '{}' '[\n*]')
    for file in pveproxy-ssl.pem pve-ssl.pem; do
        printf '%s\n' "$certificates" | grep -F "\"$file\"" | member fingerprint
    done
}

undo() {
    if user_exists; then
        if token_exists; then pveum user token remove "$ACCOUNT" "$TOKEN"; fi
        pveum user delete "$ACCOUNT"
    fi
    if role_exists; then pveum role delete HomepulseBackups; fi
}
