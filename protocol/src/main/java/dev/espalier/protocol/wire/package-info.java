/**
 * The edge between domain records and protobuf: one serializer, and small mappers that know a group of messages each.
 * Nothing outside this package sees the generated classes.
 */
package dev.espalier.protocol.wire;
