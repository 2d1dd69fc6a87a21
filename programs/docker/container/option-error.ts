/** Options of `docker run` that make no sense together or on their own: printed as `docker: … .` with exit code 125. */
export class OptionError extends Error {}
