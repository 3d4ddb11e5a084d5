/** What a background service runs, and with which variables. */
export interface ServiceProgram {
  /** Absolute program and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How a background service fares. */
export interface ServiceState {
  readonly installed: boolean;
  readonly running: boolean;
  /** How to see what it says. */
  readonly logs: string;
}

/** A manager of background services that belong to a person, without any rights of root. */
export interface UserService {
  /** The file that tells the manager of the service. */
  readonly file: string;
  /** Writes the file and starts the service, now and at each login. Nothing is left behind when that fails. Throws SERVICE_FAILED. */
  install(program: ServiceProgram): Promise<void>;
  /** Stops the service and removes the file; true when there was one. Throws SERVICE_FAILED. */
  uninstall(): Promise<boolean>;
  state(): Promise<ServiceState>;
}
