/** placeholder */ package dev.espalier.worker;
