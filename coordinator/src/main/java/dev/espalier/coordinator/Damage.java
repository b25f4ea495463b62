package dev.espalier.coordinator;

import dev.espalier.protocol.Stage;

/**
 * Something that a stage left is not what the journal says.
 *
 * @param cause in one sentence: which file, and how it differs
 */
record Damage(Stage stage, String cause) {}
