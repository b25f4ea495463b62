/** Which training text comes next: arithmetic that coordinator and workers share. */
package dev.espalier.protocol.data;
