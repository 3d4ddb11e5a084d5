/** The command and environment of a background service. */
export interface ServiceProgram {
  /** Absolute path of the program, and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The state of a background service. */
export interface ServiceState {
  readonly installed: boolean;
  readonly running: boolean;
  /** The command that prints its log. */
  readonly logs: string;
}

/** A manager of a user's background services; needs no root. */
export interface UserService {
  /** The service's definition file. */
  readonly file: string;
  /** Writes the file and starts the service, now and at each login. Nothing is left behind when that fails. Throws SERVICE_FAILED. */
  install(program: ServiceProgram): Promise<void>;
  /** Stops the service and removes the file; true when there was one. Throws SERVICE_FAILED. */
  uninstall(): Promise<boolean>;
  state(): Promise<ServiceState>;
}
