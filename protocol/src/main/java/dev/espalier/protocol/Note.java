package dev.espalier.protocol;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Something that a stage remembers of what was merged. What it means, only the stage knows; the run keeps it, and what it
 * names, as long as the stage stands.
 *
 * @param word what kind of note it is
 * @param keeps versions or other blobs that are kept for it
 */
public record Note(String word, Map<String, Double> numbers, List<BlobRef> keeps) {
    public Note {
        numbers = Collections.unmodifiableMap(new TreeMap<>(numbers));
        keeps = List.copyOf(keeps);
    }
}
