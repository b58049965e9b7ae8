/**
 * What the operator has decided about the daemon's own services: log, audit log, metrics, socket.
 *
 * @module
 */

/** Log levels, most severe first. */
export const LOG_LEVELS = ["error", "warning", "info", "debug"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevelName = typeof LOG_LEVELS[number];

/** Forms of a log line: for people, `key=value` pairs, or one JSON object. */
export const LOG_FORMATS = ["text", "kv", "json"] as const;

/** One of {@link LOG_FORMATS}. */
export type LogFormat = typeof LOG_FORMATS[number];

/** A UDP or TCP port of a host. */
export interface HostPort {
  /** An IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Where the log goes, beside stderr. */
export interface LogOptions {
  /** The least severe level that is logged. */
  readonly level: LogLevelName;
  /** Form of the lines on stderr and in the file. */
  readonly format: LogFormat;
  /** A file that lines are appended to, opened anew on SIGHUP; null = none. */
  readonly file: string | null;
  /** `local` = /dev/log, a host = RFC 5424 over UDP; null = none. */
  readonly syslog: "local" | HostPort | null;
}

/** The audit log. */
export interface AuditOptions {
  /** Its path; null = none is kept. */
  readonly file: string | null;
  /** Bytes after which it is rotated. */
  readonly maxBytes: number;
  /** How many rotated files are kept. */
  readonly keep: number;
}

/** Prometheus metrics. */
export interface MetricsOptions {
  /** Whether they are served at the socket in the run directory. */
  readonly socket: boolean;
  /** A TCP address where they are served too; null = none. */
  readonly address: HostPort | null;
  /** A file for node_exporter's textfile collector; null = none. */
  readonly textfile: string | null;
}

/** The operator's socket. */
export interface ControlOptions {
  /** Whether there is one. */
  readonly socket: boolean;
  /** Name or number of the group that may use it beside root; null = none. */
  readonly group: string | null;
}

/** All of them. */
export interface ServiceOptions {
  /** See {@link LogOptions}. */
  readonly log: LogOptions;
  /** See {@link AuditOptions}. */
  readonly audit: AuditOptions;
  /** See {@link MetricsOptions}. */
  readonly metrics: MetricsOptions;
  /** See {@link ControlOptions}. */
  readonly control: ControlOptions;
  /** Who priv becomes: a name of /etc/passwd, or `UID:GID`; null = whoever has started it. */
  readonly user: string | null;
  /** Tell the service manager at once that we are ready, not when the first lease is there. */
  readonly noWait: boolean;
}
