// Backups of game servers, as our own API tells of them.

export interface GameBackup {
  id: string;
  server_name: string;
  bytes: number;
  files: number;
  encrypted: boolean;
  healthy: boolean;
  good: boolean;
  reason: string;
  made_at: number;
  made_by: string;
  verified_at: number | null;
  damage: string | null;
}

interface HostBackup {
  id: string;
  name: string;
  bytes: number | null;
  made_at: number | null;
  complete: boolean;
}

export interface GameBackups {
  backups: GameBackup[];
  on_host: HostBackup[];
}

export interface Schedule {
  enabled: boolean;
  days: string[];
  start: string;
  zone: string;
  keep: number;
  encrypt: boolean;
  directory: string | null;
  even_with_players: boolean;
}
