"""bittensor 10.5.0, the last line with axon and dendrite, as a subnet's validator and miner use it."""

import os

import bittensor as bt
from bittensor.core.extrinsics.weights import set_weights_extrinsic
from bittensor_wallet import Keypair

from steps import devnet, given, step


def wallet(name, coldkey, hotkey):
    made = bt.Wallet(name=name, hotkey="default", path=os.path.expanduser("~/wallets"))
    made.set_coldkey(Keypair.create_from_uri(coldkey), encrypt=False, overwrite=True)
    made.set_coldkeypub(Keypair.create_from_uri(coldkey), encrypt=False, overwrite=True)
    made.set_hotkey(Keypair.create_from_uri(hotkey), encrypt=False, overwrite=True)
    return made


validator = wallet("val", "//Val", "//Val/hot")
miner = wallet("miner", "//Miner1", "//Miner1/hot")
bob = wallet("bob", "//Bob", "//Bob/hot")
VAL_HOT = validator.hotkey.ss58_address
MINER_HOT = miner.hotkey.ss58_address

with step("connect") as said:
    subtensor = bt.Subtensor(given["url"])
    said(block=subtensor.block, fast=subtensor.is_fast_blocks(), exists=subtensor.subnet_exists(1))

with step("metagraph") as said:
    metagraph = subtensor.metagraph(1)
    said(
        n=int(metagraph.n),
        hotkeys=list(metagraph.hotkeys),
        permits=[bool(permit) for permit in metagraph.validator_permit],
        stake=[float(stake) for stake in metagraph.S],
        uid=subtensor.get_uid_for_hotkey_on_subnet(VAL_HOT, 1),
    )

with step("subnets") as said:
    said(netuids=[subnet.netuid for subnet in subtensor.all_subnets()], name=subtensor.subnet(1).subnet_name)

with step("hyperparameters") as said:
    found = subtensor.get_subnet_hyperparameters(1)
    said(tempo=found.tempo, limit=found.weights_rate_limit, commit_reveal=found.commit_reveal_weights_enabled)

with step("heads") as said:
    numbers = []

    def on_head(header):
        numbers.append(header["header"]["number"])
        return True if len(numbers) == 3 else None

    subtensor.substrate.subscribe_block_headers(on_head)
    said(numbers=numbers)

with step("transfer") as said:
    before = subtensor.get_balance(miner.coldkeypub.ss58_address)
    done = subtensor.transfer(bob, miner.coldkeypub.ss58_address, bt.Balance.from_tao(1.5), wait_for_finalization=True)
    after = subtensor.get_balance(miner.coldkeypub.ss58_address)
    said(success=done.success, message=done.message, moved=(after - before).rao, fee=done.extrinsic_fee.rao)

with step("register") as said:
    done = subtensor.burned_register(bob, 1)
    said(success=done.success, message=done.message, uid=subtensor.get_uid_for_hotkey_on_subnet(bob.hotkey.ss58_address, 1))

with step("stake") as said:
    before = subtensor.get_stake(bob.coldkeypub.ss58_address, VAL_HOT, 1)
    done = subtensor.add_stake(bob, 1, VAL_HOT, bt.Balance.from_tao(10))
    after = subtensor.get_stake(bob.coldkeypub.ss58_address, VAL_HOT, 1)
    said(success=done.success, message=done.message, before=before.rao, gained=after.rao - before.rao)

with step("unstake") as said:
    done = subtensor.unstake(bob, 1, VAL_HOT, bt.Balance.from_tao(5).set_unit(1))
    left = subtensor.get_stake(bob.coldkeypub.ss58_address, VAL_HOT, 1)
    said(success=done.success, message=done.message, left=left.rao)

with step("serve_axon") as said:
    axon = bt.Axon(wallet=miner, ip="203.0.113.7", external_ip="203.0.113.7", port=8091, external_port=8091)
    done = subtensor.serve_axon(1, axon)
    info = subtensor.neuron_for_uid(2, 1).axon_info
    said(success=done.success, message=done.message, ip=info.ip, port=info.port, shown=subtensor.metagraph(1).axons[2].ip_str())

with step("commitment") as said:
    done = subtensor.set_commitment(miner, 1, "hello devnet")
    said(success=done.success, message=done.message, read=subtensor.get_commitment(1, 2), all=subtensor.get_all_commitments(1))

with step("set_weights") as said:
    done = subtensor.set_weights(validator, 1, uids=[2, 3], weights=[0.25, 0.75])
    said(success=done.success, message=done.message, weights=dict(subtensor.weights(1)).get(1))

with step("rate_limit") as said:
    # Its own gate refuses without asking the chain; below it the chain itself says why.
    gate = subtensor.set_weights(validator, 1, uids=[2, 3], weights=[0.5, 0.5], max_attempts=1)
    chain = set_weights_extrinsic(subtensor, validator, 1, 0, uids=[2, 3], weights=[0.5, 0.5], version_key=0)
    said(gate=gate.success, chain=chain.success, message=chain.message, error=str(chain.error))

with step("epoch") as said:
    before = subtensor.get_stake(miner.coldkeypub.ss58_address, MINER_HOT, 1)
    devnet("devnet_advance", 2 * given["tempo"])
    metagraph = subtensor.metagraph(1)
    after = subtensor.get_stake(miner.coldkeypub.ss58_address, MINER_HOT, 1)
    said(
        incentive=[float(value) for value in metagraph.I],
        dividends=[float(value) for value in metagraph.D],
        emission=[float(value) for value in metagraph.E],
        earned=after.rao - before.rao,
    )

with step("timelock") as said:
    # set_weights takes this way by itself where commit-reveal is on. Before blocks are skipped, and with them the time
    # that the package counts on.
    done = subtensor.set_weights(validator, 2, uids=[2, 3], weights=[0.5, 1], block_time=0.25)
    commits = subtensor.get_timelocked_weight_commits(2)
    said(success=done.success, message=done.message, commits=[commit[0] for commit in commits], round=commits[0][3] if commits else None)

with step("commit_reveal") as said:
    # Its own sixteen blocks are four seconds here, which a busy machine may need.
    secret = {"uids": [2, 3], "weights": [21845, 65535], "salt": [1, 2, 3, 4], "version_key": 0, "period": 128}
    committed = subtensor.commit_weights(validator, 2, **secret, wait_for_inclusion=True, wait_for_finalization=True)
    early = subtensor.reveal_weights(validator, 2, **secret, max_attempts=1)
    devnet("devnet_advance", given["revealTempo"])
    revealed = subtensor.reveal_weights(validator, 2, **secret, max_attempts=1)
    said(
        committed=committed.success,
        early=early.success,
        revealed=revealed.success,
        message=f"{committed.message} / {early.message} / {revealed.message}",
        weights=dict(subtensor.weights(2)).get(1),
    )

with step("runs on") as said:
    block = subtensor.block
    subtensor.wait_for_block(block + 2)
    said(later=subtensor.block - block)

with step("close") as said:
    subtensor.close()
