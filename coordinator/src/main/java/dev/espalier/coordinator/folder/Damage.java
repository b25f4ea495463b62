package dev.espalier.coordinator.folder;

import dev.espalier.protocol.Stage;
import java.util.OptionalInt;

/**
 * Something that a stage left is not what the journal says.
 *
 * @param cause in one sentence: which file, and how it differs
 * @param intact the newest student version that the stage can go on from; empty: it is to be done again from its start
 */
public record Damage(Stage stage, String cause, OptionalInt intact) {}
