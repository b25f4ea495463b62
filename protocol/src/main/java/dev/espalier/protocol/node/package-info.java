/** What coordinators and workers have in common as nodes of a cluster: addresses, configuration, forming and leaving. */
package dev.espalier.protocol.node;
