import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type Alert = Schemas['Alert'];
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

/** What the server gives as null, or leaves out, is unknown. */
export type Maybe<T> = T | null | undefined;
