package dev.espalier.coordinator;

import dev.espalier.protocol.BlobRef;

/** A student version in the teacher bank. */
public record TaggedTeacher(int percent, BlobRef student) {}
