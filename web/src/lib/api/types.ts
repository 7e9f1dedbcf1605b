import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type Alert = Schemas['Alert'];
export type BackedUpGuest = Schemas['BackedUpGuest'];
export type BackupDay = Schemas['BackupDay'];
export type BackupOverview = Schemas['BackupOverview'];
export type BackupsOfGuest = Schemas['BackupsOfGuest'];
export type Backup = Schemas['Backup'];
export type Datastore = Schemas['Datastore'];
export type Disk = Schemas['Disk'];
export type GuestDetail = Schemas['GuestDetail'];
export type NodeDetail = Schemas['NodeDetail'];
export type Task = Schemas['Task'];
export type Tasks = Schemas['Tasks'];
export type LastRun = Schemas['LastRun'];
export type TargetBackups = Schemas['TargetBackups'];
export type AlertDetails = Schemas['AlertDetails'];
export type BulkRequest = Schemas['BulkRequest'];
export type BulkResult = Schemas['BulkResult'];
export type Alerts = Schemas['Alerts'];
export type Rules = Schemas['Rules'];
export type MetricLimits = Schemas['MetricLimits'];
export type RuleLevel = Schemas['RuleLevel'];
export type Explanation = Schemas['Explanation'];
export type ExplainedRule = Schemas['ExplainedRule'];
export type BacktestAnswer = Schemas['BacktestAnswer'];
export type OneLevel = Schemas['OneLevel'];
export type Silence = Schemas['Silence'];
export type SilenceList = Schemas['SilenceList'];
export type Scope = Schemas['Scope'];
export type ScopePreview = Schemas['ScopePreview'];
export type MaintenanceWindow = Schemas['MaintenanceWindow'];
export type MaintenanceWindows = Schemas['MaintenanceWindows'];
export type MaintenanceTimes = Schemas['MaintenanceTimes'];
export type MaintenanceCalendars = Schemas['MaintenanceCalendars'];
export type ChannelKinds = Schemas['ChannelKinds'];
export type ChannelKind = Schemas['ChannelKind'];
export type ChannelTest = Schemas['ChannelTest'];
export type ChannelPreview = Schemas['ChannelPreview'];
export type Channels = Schemas['Channels'];
export type Routing = Schemas['Routing'];
export type RoutingForecast = Schemas['RoutingForecast'];
export type Ceph = Schemas['PerTarget_Ceph'];
export type HighAvailability = Schemas['PerTarget_HighAvailability'];
export type Replication = Schemas['PerTarget_Vec_Replication'];
export type Channel = Schemas['Channel'];
export type DeltaFrame = Schemas['DeltaFrame'];
export type Delivery = Schemas['Delivery'];
export type Diagnostics = Schemas['Diagnostics'];
export type Failure = Schemas['TargetFailure'];
export type FullFrame = Schemas['FullFrame'];
export type Game = Schemas['Game'];
export type GameDetail = Schemas['GameDetail'];
export type PlayerHours = Schemas['PlayerHours'];
export type CatalogGame = Schemas['CatalogGame'];
export type Guest = Schemas['Guest'];
export type History = Schemas['History'];
export type HistoryAll = Schemas['HistoryOfAll'];
export type Job = Schemas['Job'];
export type MetricInfo = Schemas['MetricInfo'];
export type NewTarget = Schemas['NewTarget'];
export type Node = Schemas['Node'];
export type Problem = Schemas['Problem'];
export type Retention = Schemas['Retention'];
export type Series = Schemas['Series'];
export type Session = Schemas['Session'];
export type Storage = Schemas['Storage'];
export type Target = Schemas['Target'];
export type TargetKind = Schemas['TargetKind'];
export type TargetTest = Schemas['TargetTest'];
export type Unit = MetricInfo['unit'];
export type Usage = Schemas['Space'];

export type Severity = Alert['severity'];

/** Something, or why it is not known. */
export interface Known<T> {
  known: boolean;
  value?: T | null;
  reason?: string | null;
  message?: string | null;
}

/** What the server gives as null, or leaves out, is unknown. */
export type Maybe<T> = T | null | undefined;

/** A configured target, and whether its guests may be told what to do. */
export type ConfiguredTarget = Schemas['ConfiguredTarget'] & { control?: boolean };
export interface Targets {
  targets: ConfiguredTarget[];
}

/** One command to one guest, with the host's log. */
export interface JobWithLog {
  id: string;
  action: string;
  state: string;
  progress: number | null;
  message: string | null;
  ended_at: number | null;
  cancelling: boolean;
  log?: string[];
}

/** Who did what, newest first. */
export interface AuditEntries {
  entries: {
    seq: number;
    at: number;
    actor: string;
    peer: string;
    action: string;
    resource: string;
    resource_name: string;
    outcome: string;
    message: string;
  }[];
  next: number | null;
}

/** How to make a target's host send, and what has come so far. */
export interface PushSetup {
  ways: { name: string; purpose: string; commands: string[]; undo: string[] }[];
  status: { bodies: number; recorded: number };
}
