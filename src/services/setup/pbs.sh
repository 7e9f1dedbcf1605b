check_host() { needs proxmox-backup-manager 'run this on a Proxmox Backup Server'; }

user_exists() { proxmox-backup-manager user list --output-format json | has userid "$ACCOUNT"; }
token_exists() {
    proxmox-backup-manager user list-tokens "$ACCOUNT" --output-format json |
        has tokenid "$ACCOUNT!$TOKEN"
}

# The role Audit shows backups anyway.
plan_backups() { :; }

make_user() {
    user_exists ||
        proxmox-backup-manager user create "$ACCOUNT" --comment 'read-only monitoring'
}

make_token() {
    if token_exists; then
        proxmox-backup-manager user delete-token "$ACCOUNT" "$TOKEN" >/dev/null
    fi
    proxmox-backup-manager user generate-token "$ACCOUNT" "$TOKEN" | member value
}

# A token has the rights that both it and its user have.
grant() {
    proxmox-backup-manager acl update / Audit --auth-id "$ACCOUNT"
    proxmox-backup-manager acl update / Audit --auth-id "$ACCOUNT!$TOKEN"
}

fingerprint() {
    proxmox-backup-manager cert info |
        sed -n 's/^Fingerprint (sha256):[[:space:]]*\([0-9A-Fa-f:]*\).*/\1/p'
}

undo() {
    if user_exists; then
        if token_exists; then
            proxmox-backup-manager acl update / Audit --auth-id "$ACCOUNT!$TOKEN" --delete 1
            proxmox-backup-manager user delete-token "$ACCOUNT" "$TOKEN"
        fi
        proxmox-backup-manager acl update / Audit --auth-id "$ACCOUNT" --delete 1
        proxmox-backup-manager user remove "$ACCOUNT"
    fi
}
