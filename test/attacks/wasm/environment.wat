;; attack: reads secrets from the environment
;; outcome: ok
;; output: 0
(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "?")
  (func (export "_start")
      (drop (call $environ_sizes_get (i32.const 0) (i32.const 4)))
      (i32.store8 (i32.const 1024) (i32.add (i32.const 48) (i32.load (i32.const 0))))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 1))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
