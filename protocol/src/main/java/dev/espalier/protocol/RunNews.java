package dev.espalier.protocol;

/**
 * Something that happened to a run, for people who watch it.
 *
 * @param kind the event's name in the HTTP API
 * @param data its JSON document there
 */
public record RunNews(NewsId id, String kind, String data) {}
