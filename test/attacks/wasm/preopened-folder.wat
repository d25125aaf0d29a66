;; attack: looks for a folder that was left open
;; outcome: ok
;; output: "refused"
(module
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\22refused\22")
  (data (i32.const 4096) "/etc/passwd")
  (func (export "_start")
      (if (i32.eqz (call $fd_prestat_get (i32.const 3) (i32.const 64))) (then (unreachable)))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 9))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
