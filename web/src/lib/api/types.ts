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
export type Channel = Schemas['Channel'];
export type DeltaFrame = Schemas['DeltaFrame'];
export type Delivery = Schemas['Delivery'];
export type Diagnostics = Schemas['Diagnostics'];
export type Failure = Schemas['TargetFailure'];
export type FullFrame = Schemas['FullFrame'];
export type Guest = Schemas['Guest'];
export type History = Schemas['History'];
export type HistoryAll = Schemas['HistoryOfAll'];
export type MetricInfo = Schemas['MetricInfo'];
export type NewTarget = Schemas['NewTarget'];
export type Node = Schemas['Node'];
export type Problem = Schemas['Problem'];
export type Retention = Schemas['Retention'];
export type Series = Schemas['Series'];
export type Session = Schemas['Session'];
export type Storage = Schemas['Storage'];
export type Target = Schemas['Target'];
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
