export { inference } from "./subnet.ts";
