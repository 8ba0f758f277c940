package emulha.traces.imports.criu;

/**
 * One pagemap of an image directory, at its place among the chain's page numbers.
 *
 * @param firstPage what is added to its page numbers
 */
record CriuPart(CriuImage image, long firstPage) {}
