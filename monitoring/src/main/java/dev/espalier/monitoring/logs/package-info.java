/** What log lines carry besides their words. */
package dev.espalier.monitoring.logs;
