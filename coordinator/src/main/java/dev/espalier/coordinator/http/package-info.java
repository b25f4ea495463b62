/** The coordinator's HTTP API, described in {@code openapi.yaml}, and its page. */
package dev.espalier.coordinator.http;
