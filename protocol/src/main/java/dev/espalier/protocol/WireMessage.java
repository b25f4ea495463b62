package dev.espalier.protocol;

/**
 * Marks what travels between nodes or is kept in the journal. The one serializer ({@code protocol}'s
 * {@code reference.conf} binds it to this interface) writes all of it as protobuf.
 */
public interface WireMessage {}
