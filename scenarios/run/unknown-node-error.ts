/** A step named a host, container, namespace or device that is not there when the step runs. */
export class UnknownNodeError extends Error {}
