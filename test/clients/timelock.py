"""
Weights sealed by bittensor 10.5.0 and bittensor-drand, opened with drand's own signature, without drand: the client is
made to aim at a round of the past, whose signature everybody knows.
"""

import time

import bittensor as bt
from bittensor.core.extrinsics import weights
from bittensor_wallet import Keypair

from steps import devnet, given, step

# Round 1000 of quicknet, and when it was signed.
ROUND = 1000
SIGNED_AT = 1692803367 + 3 * ROUND
SIGNATURE = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"

seal = weights.get_encrypted_commit_v2


def seal_for_round(**params):
    """The package adds blocks of `block_time` seconds to the clock: it is given the one that ends at our round."""
    rounds = lambda seconds: seal(**{**params, "block_time": seconds})[1]
    blocks = (rounds(0) - rounds(-300)) / 100  # a round is three seconds
    return seal(**{**params, "block_time": (SIGNED_AT + 1.5 - time.time()) / blocks})


weights.get_encrypted_commit_v2 = seal_for_round

validator = bt.Wallet(name="val", path=".")
validator.set_coldkey(Keypair.create_from_uri("//Val"), encrypt=False, overwrite=True)
validator.set_coldkeypub(Keypair.create_from_uri("//Val"), encrypt=False, overwrite=True)
validator.set_hotkey(Keypair.create_from_uri("//Val/hot"), encrypt=False, overwrite=True)
alice = Keypair.create_from_uri("//Alice")
subtensor = bt.Subtensor(given["url"])


def shown():
    return dict(subtensor.weights(2)).get(1)


with step("commit") as said:
    done = subtensor.set_weights(validator, 2, uids=[2, 3], weights=[0.25, 0.75], block_time=0.25)
    commits = subtensor.get_timelocked_weight_commits(2)
    said(success=done.success, message=done.message, round=commits[0][3] if commits else None, shown=shown())

with step("epoch without the round") as said:
    devnet("devnet_advance", given["revealTempo"])
    said(shown=shown())

with step("pulse") as said:
    pulse = {"round": ROUND, "randomness": bytes(32), "signature": bytes.fromhex(SIGNATURE)}
    payload = {"block_number": 1, "pulses": [pulse], "public": {"Sr25519": "0x" + alice.public_key.hex()}}
    inner = subtensor.substrate.compose_call("Drand", "write_pulse", {"pulses_payload": payload, "signature": None})
    call = subtensor.substrate.compose_call("Sudo", "sudo", {"call": inner})
    extrinsic = subtensor.substrate.create_signed_extrinsic(call, alice, era={"period": 64})
    receipt = subtensor.substrate.submit_extrinsic(extrinsic, wait_for_finalization=True)
    said(success=receipt.is_success, error=receipt.error_message)

with step("epoch with the round") as said:
    devnet("devnet_advance", 2)
    said(shown=shown())

subtensor.close()
