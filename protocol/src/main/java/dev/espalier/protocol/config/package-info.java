/** Configuration files: read strictly, all problems at once, unknown keys with the nearest known one. */
package dev.espalier.protocol.config;
