package dev.espalier.protocol;

import java.util.List;
import java.util.Optional;

/**
 * What the register says about a name.
 *
 * @param similar names of runs that may have been meant, if there is no such run
 */
public record RunLookup(Optional<RunEntry> run, List<String> similar) implements WireMessage {}
